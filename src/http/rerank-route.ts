import { Type as t } from '@sinclair/typebox'
import { reviveError, ServerError } from '../core/errors.ts'
import type { EmbeddingResult, RerankResult } from '../core/generation.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import { toKeepAlive } from '../protocol/openai/keep-alive.ts'
import { fromScores, toDocuments, toSimilarities, toTruncates } from '../protocol/openai/rerank.ts'
import { RerankReply, RerankRequest } from '../protocol/openai/rerank.wire.ts'
import { cutTexts } from './cut-texts.ts'
import { defineRoute, type Route, type RouteRequest, refuse } from './define-route.ts'
import { hopefulPart, refuseHopelessTexts } from './hopeless-texts.ts'
import { leaseFor } from './leased-generation.ts'
import { chargeLeft } from './limits/charge-left.ts'
import { tellTexts } from './observing/tell-texts.ts'
import type { Services } from './services.ts'

type Call = RouteRequest<unknown, unknown, RerankRequest>

const description = `Says which documents are the most relevant for a query, in the forms of Cohere and Jina.

With a reranker, query and document are read together, and \`relevance_score\` has that model's own scale. A request that
names no model gets the first reranker by name. Where there is none, or where the request names an embedding model, the
vectors of query and documents are compared, which \`method\` tells as \`embedding-similarity\`.

A document that does not fit into the context is refused, unless \`truncate\` or \`max_tokens_per_doc\` has it cut;
a query is never cut.
\`rank_fields\` and \`max_chunks_per_doc\` are refused; \`user\` and \`priority\` have no effect. The same route answers at
\`/v1/rerank\`, \`/v1/reranking\`, \`/rerank\`, \`/reranking\` and \`/v2/rerank\`.`

const example = {
  name: 'the best of three, without a reranker',
  send: {
    query: 'a cat',
    documents: ['a cat', 'a dog', { text: 'a house' }],
    top_n: 1,
    return_documents: true,
  },
  reply: {
    id: 'rerank-1',
    object: 'list',
    model: 'all-minilm-l6-v2',
    method: 'embedding-similarity',
    results: [{ index: 0, relevance_score: 1, document: { text: 'a cat' } }],
    usage: { prompt_tokens: 8, total_tokens: 8 },
    meta: { api_version: { version: '2' }, tokens: { input_tokens: 8 } },
  },
} satisfies { send: RerankRequest; reply: RerankReply; name: string }

const refusals = {
  model_not_found: { send: { model: 'absent', query: 'a', documents: ['b'] } },
  model_not_installed: { send: { model: 'catalogued', query: 'a', documents: ['b'] } },
  ability_missing: { send: { model: 'smollm2-135m-instruct', query: 'a', documents: ['b'] } },
  context_length_exceeded: { send: { query: 'a', documents: ['word '.repeat(300)] } },
  queue_full: { send: { model: 'busy-reranker', query: 'a', documents: ['b'] } },
  model_load_failed: { send: { model: 'broken-reranker', query: 'a', documents: ['b'] } },
  model_does_not_fit: { send: { model: 'huge-reranker', query: 'a', documents: ['b'] } },
  generation_failed: { send: { model: 'failing-reranker', query: 'a', documents: ['b'] } },
  runtime_crashed: { send: { model: 'crashing-reranker', query: 'a', documents: ['b'] } },
}

/** The route that ranks documents, under one of the paths that clients have for it. */
export function rerankRoute(path: `/${string}`, operationId: `openai.${string}`): Route {
  return defineRoute({
    method: 'POST',
    path,
    operationId,
    summary: 'Rank documents',
    description,
    params: t.Object({}),
    query: t.Object({}),
    body: RerankRequest,
    reply: RerankReply,
    upstream: { ability: 'rerank', path: 'rerank' },
    event: t.Never(),
    examples: [example],
    refusals,
    handle: (call) => rank(call),
  })
}

async function rank(call: Call): Promise<RerankReply> {
  const { body, services } = call
  const model = await findRanker(body.model ?? undefined, services)
  const kind = model.kind === 'embedding' ? 'embedding' : 'reranker'
  const keepAliveSeconds = toKeepAlive(body)
  using lease = await leaseFor({ kind, model, ...(keepAliveSeconds !== undefined && { keepAliveSeconds }) }, call)
  const method = kind === 'reranker' ? 'reranker' : 'embedding-similarity'
  const began = performance.now()
  const texts = [body.query, toDocuments(body)]
  const scored = await chargeLeft(score(lease.model, call), { call, model: model.id, texts })
  const { promptTokens: tokens, scores } = scored
  tellTexts(call, { model: model.id, task: 'ranking', texts: scores.length, tokens, began })
  return fromScores(scored, body, { id: services.newId('rerank-'), model: model.id, method })
}

/** The model that was named, else a reranker, else the default embedding model. */
async function findRanker(name: string | undefined, { models }: Services): Promise<ModelEntry> {
  if (name !== undefined) return models.find(name, 'reranker')
  const rerankers = (await models.list()).filter(({ kind }) => kind === 'reranker')
  return rerankers.length > 0 ? models.find(undefined, 'reranker') : models.find(undefined, 'embedding')
}

async function score(model: LoadedModel, { body, signal }: Call): Promise<RerankResult> {
  const limit = model.facts.contextSize
  const truncates = toTruncates(body)
  const name = (index: number) => (index === 0 ? 'query' : `documents[${index - 1}]`)
  const whole = toDocuments(body).map((text) => (truncates ? hopefulPart(text, limit) : text))
  const most = body.max_tokens_per_doc ?? undefined
  const documents = most === undefined ? whole : await cutTexts(whole, most, { model, signal })
  refuseHopelessTexts([body.query, ...(truncates ? [] : documents)], limit, name)
  if (model.rerank) return model.rerank({ query: body.query, documents, truncates }, signal)
  try {
    return toSimilarities(await embedBoth(model, { query: body.query, documents, truncates, signal }))
  } catch (error) {
    throw named(error, name)
  }
}

/** The vectors of the query and of each document, in this order. The query is never cut: it would be another question. */
async function embedBoth(
  model: LoadedModel,
  call: { query: string; documents: readonly string[]; truncates: boolean; signal: AbortSignal },
): Promise<EmbeddingResult> {
  const { query, documents, truncates, signal } = call
  if (!model.embed)
    throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: 'rank documents' })
  if (!truncates) return model.embed([query, ...documents], {}, signal)
  const asked = await model.embed([query], {}, signal)
  const read = await model.embed(documents, { truncates }, signal)
  return { vectors: [...asked.vectors, ...read.vectors], promptTokens: asked.promptTokens + read.promptTokens }
}

/** An error about an input of the embedding model, with the name that the text has in the request. */
function named(error: unknown, name: (index: number) => string): unknown {
  if (!(error instanceof ServerError)) return error
  const input = /^input(?:\[(\d+)\])?$/.exec(error.param ?? '')
  if (!input) return error
  return reviveError({ code: error.code, facts: { ...error.facts, param: name(Number(input[1] ?? 0)) } })
}
