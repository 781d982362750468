import { Type as t } from '@sinclair/typebox'
import { DetokenizeReply, DetokenizeRequest } from '../../../protocol/openai/tokens.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { holdModel } from '../../leased-generation.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/detokenize',
  operationId: 'openai.detokenize',
  summary: 'Put tokens together to a text',
  description: `The text of token ids of this model. Bytes that are no whole character come as U+FFFD. The model is loaded if it
must be; no slot of it is taken.`,
  params: t.Object({}),
  query: t.Object({}),
  body: DetokenizeRequest,
  reply: DetokenizeReply,
  event: t.Never(),
  examples: [
    {
      name: 'three tokens',
      send: { tokens: [10, 11, 12] },
      reply: { model: 'smollm2-135m-instruct', content: ' 10 11 12', prompt: ' 10 11 12' },
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent', tokens: [10] } },
    model_not_installed: { send: { model: 'catalogued', tokens: [10] } },
    queue_full: { send: { model: 'busy', tokens: [10] } },
    model_load_failed: { send: { model: 'broken', tokens: [10] } },
    model_does_not_fit: { send: { model: 'huge', tokens: [10] } },
    runtime_crashed: { send: { model: 'crashing', tokens: [10] } },
    generation_failed: { send: { model: 'failing', tokens: [10] } },
  },
  async handle(call) {
    const { body, services, signal } = call
    const model = await services.models.find(body.model ?? undefined, 'chat')
    using held = await holdModel(model, call)
    const content = await held.model.detokenize(body.tokens, signal)
    return { model: model.id, content, prompt: content }
  },
})
