import { Type as t } from '@sinclair/typebox'
import type { EmbeddingResult } from '../../../core/generation.ts'
import type { LoadedModel } from '../../../core/runtime.ts'
import { checkDimensions, fromVectors, toCut, toInputs } from '../../../protocol/openai/embeddings.ts'
import { EmbeddingReply, EmbeddingRequest } from '../../../protocol/openai/embeddings.wire.ts'
import { toKeepAlive } from '../../../protocol/openai/keep-alive.ts'
import { cutInputs } from '../../cut-texts.ts'
import { defineRoute, type RouteRequest, refuse } from '../../define-route.ts'
import { hopefulPart, refuseHopelessTexts } from '../../hopeless-texts.ts'
import { leaseFor } from '../../leased-generation.ts'
import { chargeLeft } from '../../limits/charge-left.ts'
import { tellTexts } from '../../observing/tell-texts.ts'

type Call = RouteRequest<unknown, unknown, EmbeddingRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/embeddings',
  operationId: 'openai.createEmbedding',
  summary: 'Embed text',
  description: `Turns each input into a vector of length 1 (L2); inputs with a similar meaning have vectors with a large dot
product. An input that does not fit into the model's context is refused, unless \`truncate\` or \`truncate_prompt_tokens\`
has it cut at its end. \`dimensions\` keeps the first numbers of each vector and scales them to length 1 again, which makes
sense for models that were trained for it (Matryoshka); more than the model has are refused. \`user\` and \`priority\` have no
effect. Parameters that are not known are refused.`,
  params: t.Object({}),
  query: t.Object({}),
  body: EmbeddingRequest,
  reply: EmbeddingReply,
  upstream: { ability: 'embeddings', path: 'embeddings' },
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
  async handle(call) {
    const { body, services } = call
    const model = await services.models.find(body.model ?? undefined, 'embedding')
    if (model.header.embeddingSize !== undefined) checkDimensions(body, model.header.embeddingSize)
    const keepAliveSeconds = toKeepAlive(body)
    const wanted = { kind: 'embedding', model, ...(keepAliveSeconds !== undefined && { keepAliveSeconds }) } as const
    using lease = await leaseFor(wanted, call)
    const began = performance.now()
    const result = await chargeLeft(embed(lease.model, call), { call, model: model.id, texts: body.input })
    const { promptTokens: tokens, vectors } = result
    const texts = vectors.length
    tellTexts(call, { model: model.id, task: 'embedding', texts, tokens, began, dimensions: vectors[0]?.length })
    return fromVectors(result, body, model.id)
  },
})

async function embed(model: LoadedModel, { body, signal }: Call): Promise<EmbeddingResult> {
  if (!model.embed) throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: 'embed text' })
  const { contextSize, embeddingSize } = model.facts
  checkDimensions(body, embeddingSize ?? Number.POSITIVE_INFINITY)
  const { truncates, most } = toCut(body)
  const inputs = toInputs(body)
  if (truncates) {
    const hopeful = inputs.map((input) => (typeof input === 'string' ? hopefulPart(input, contextSize) : input))
    return model.embed(await cutInputs(hopeful, most, { model, signal }), { truncates }, signal)
  }
  refuseHopelessTexts(inputs, contextSize, (index) => (inputs.length > 1 ? `input[${index}]` : 'input'))
  return model.embed(inputs, {}, signal)
}
