import { Type as t } from '@sinclair/typebox'
import { InputTokens, InputTokensRequest } from '../../../protocol/openai/responses/request.wire.ts'
import { toFormat, toPrompt } from '../../../protocol/openai/responses/to-generation.ts'
import { defineRoute } from '../../define-route.ts'
import { leaseFor } from '../../leased-generation.ts'
import { inWordsOfResponses } from '../../responses/error-words.ts'
import { readItems } from '../../responses/prepare-response.ts'
import { inputRefusals } from './create-response.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/responses/input_tokens',
  operationId: 'openai.getInputTokenCounts',
  summary: 'Count the tokens of a request for a response',
  description: `How many tokens the model would read for a request of POST /v1/responses: the conversation that it continues, tools
and instructions included, as the template of the model puts them. Nothing is generated or kept.`,
  params: t.Object({}),
  query: t.Object({}),
  body: InputTokensRequest,
  reply: InputTokens,
  event: t.Never(),
  examples: [
    {
      name: 'a question',
      send: { model: 'smollm2-135m-instruct', input: 'Say hello.' },
      reply: { object: 'response.input_tokens', input_tokens: 3 },
    },
  ],
  refusals: inputRefusals,
  async handle(call) {
    const { body, services, refuse, signal } = call
    const model = await services.models.find(body.model ?? undefined, 'chat')
    const prompt = toPrompt(body, readItems(body, services))
    try {
      using lease = await leaseFor({ kind: 'chat', model, takesSlot: false }, call)
      if (!lease.model.render)
        throw refuse('ability_missing', { param: 'model', model: model.id, ability: 'show its prompt' })
      const rendered = await lease.model.render(prompt, toFormat(body), signal)
      return { object: 'response.input_tokens' as const, input_tokens: rendered.tokens.length }
    } catch (error) {
      throw inWordsOfResponses(error)
    }
  },
})
