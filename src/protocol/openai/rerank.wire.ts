import { type Static, Type as t } from '@sinclair/typebox'
import { keepAliveFields } from './keep-alive.wire.ts'
import { optional } from './optional.wire.ts'

const Document = t.Object({ text: t.String() }, { description: 'What stands beside the text is given back with it.' })

export const RerankRequest = t.Object(
  {
    query: t.String({ minLength: 1 }),
    documents: t.Array(t.Union([t.String(), Document], { expected: "a string, or an object with a 'text'" }), {
      minItems: 1,
      maxItems: 2048,
    }),
    model: optional(
      t.String({ description: 'Absent: the reranker that is here, and where there is none, the embedding model.' }),
    ),
    top_n: optional(t.Integer({ minimum: 1, description: 'Results to give; absent: all.' })),
    return_documents: optional(t.Boolean({ description: 'Give each document with its result. Default: no.' })),
    max_tokens_per_doc: optional(t.Integer({ minimum: 1, description: 'Longer documents are cut at their end.' })),
    truncate: optional(
      t.Boolean({ description: 'Cut documents that do not fit into the context, instead of refusing them.' }),
    ),
    truncation: optional(t.Boolean({ description: 'Another name of truncate.' })),
    rank_fields: t.Optional(t.Null({ expected: "null (documents are ranked by their 'text')" })),
    max_chunks_per_doc: t.Optional(t.Null({ expected: 'null (documents are not split; see max_tokens_per_doc)' })),
    user: optional(t.String({ description: 'No effect.' })),
    priority: t.Optional(t.Unknown({ description: 'No effect: first come, first served.' })),
    ...keepAliveFields,
  },
  { additionalProperties: false },
)
export type RerankRequest = Static<typeof RerankRequest>

export const RerankReply = t.Object({
  id: t.String(),
  object: t.Literal('list'),
  model: t.String({ description: 'The id of the model that answered.' }),
  method: t.Union([t.Literal('reranker'), t.Literal('embedding-similarity')], {
    description: 'Whether a reranker has read query and document together, or two vectors were compared.',
  }),
  results: t.Array(
    t.Object({
      index: t.Integer({ description: 'Place of the document in the request.' }),
      relevance_score: t.Number({
        description: 'Larger is more relevant. Of a reranker: the scale is its own. Of vectors: their cosine.',
      }),
      document: t.Optional(t.Object({ text: t.String() }, { additionalProperties: true })),
    }),
    { description: 'The most relevant first.' },
  ),
  usage: t.Object({ prompt_tokens: t.Integer(), total_tokens: t.Integer() }),
  meta: t.Object(
    {
      api_version: t.Object({ version: t.Literal('2') }),
      tokens: t.Object({ input_tokens: t.Integer() }),
    },
    { description: 'The same counts where clients for Cohere look for them.' },
  ),
})
export type RerankReply = Static<typeof RerankReply>
