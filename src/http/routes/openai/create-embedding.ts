import { Type as t } from '@sinclair/typebox'
import { checkDimensions, fromVectors, toInputs } from '../../../protocol/openai/embeddings.ts'
import { EmbeddingReply, EmbeddingRequest } from '../../../protocol/openai/embeddings.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { leaseFor } from '../../leased-generation.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/embeddings',
  operationId: 'openai.createEmbedding',
  summary: 'Embed text',
  description: `Turns each input into a vector of length 1 (L2); inputs with a similar meaning have vectors with a large dot
product. An input that does not fit into the model's context is refused, never cut. \`dimensions\` keeps the first numbers
of each vector, which makes sense for models that were trained for it.`,
  params: t.Object({}),
  query: t.Object({}),
  body: EmbeddingRequest,
  reply: EmbeddingReply,
  event: t.Never(),
  examples: [
    {
      name: 'one text as base64, cut to two numbers',
      send: { model: 'all-minilm-l6-v2', input: 'A cat sits on the mat.', encoding_format: 'base64', dimensions: 2 },
      reply: {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: 'uHoJP87zV78=' }],
        model: 'all-minilm-l6-v2',
        usage: { prompt_tokens: 6, total_tokens: 6 },
      },
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent', input: 'a cat' } },
    model_not_installed: { send: { model: 'catalogued', input: 'a cat' } },
    ability_missing: { send: { model: 'smollm2-135m-instruct', input: 'a cat' } },
    context_length_exceeded: { send: { input: 'word '.repeat(300) } },
    queue_full: { send: { model: 'busy-embedding', input: 'a cat' } },
    model_load_failed: { send: { model: 'broken-embedding', input: 'a cat' } },
    model_does_not_fit: { send: { model: 'huge-embedding', input: 'a cat' } },
    generation_failed: { send: { model: 'failing-embedding', input: 'a cat' } },
    runtime_crashed: { send: { model: 'crashing-embedding', input: 'a cat' } },
  },
  async handle({ body, signal, services, wait, refuse }) {
    const model = await services.models.find(body.model ?? undefined, 'embedding')
    if (model.header.embeddingSize !== undefined) checkDimensions(body, model.header.embeddingSize)
    using lease = await leaseFor({ kind: 'embedding', model }, { services, signal, wait })
    if (!lease.model.embed) throw refuse('ability_missing', { param: 'model', model: model.id, ability: 'embed text' })
    checkDimensions(body, lease.model.facts.embeddingSize ?? Number.POSITIVE_INFINITY)
    return fromVectors(await lease.model.embed(toInputs(body), {}, signal), body, model.id)
  },
})
