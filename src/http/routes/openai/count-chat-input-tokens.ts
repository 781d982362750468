import { Type as t } from '@sinclair/typebox'
import { ChatCompletionRequest } from '../../../protocol/openai/chat-completions.wire.ts'
import { InputTokensReply } from '../../../protocol/openai/tokens.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { renderChat } from '../../render-prompt.ts'
import { renderRefusals } from './render-chat-completion.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/chat/completions/input_tokens',
  operationId: 'openai.countChatInputTokens',
  summary: 'Count the tokens of a conversation',
  description: `How many tokens the prompt of a chat completion has. Takes what POST /v1/chat/completions takes, and refuses what that
refuses; what is not about the prompt has no effect. Nothing is generated, and no slot of the model is taken.`,
  params: t.Object({}),
  query: t.Object({}),
  body: ChatCompletionRequest,
  reply: InputTokensReply,
  event: t.Never(),
  examples: [
    {
      name: 'one message',
      send: { messages: [{ role: 'user', content: 'Say hello.' }] },
      reply: { object: 'response.input_tokens', input_tokens: 3 },
    },
  ],
  refusals: renderRefusals,
  async handle(call) {
    const { tokens } = await renderChat(call.body, call)
    return { object: 'response.input_tokens' as const, input_tokens: tokens.length }
  },
})
