import { Type as t } from '@sinclair/typebox'
import { ChatCompletionRequest } from '../../../protocol/openai/chat-completions.wire.ts'
import { RenderReply } from '../../../protocol/openai/tokens.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { renderChat } from '../../render-prompt.ts'
import { renderRefusals } from './render-chat-completion.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/chat/completions/render',
  operationId: 'openai.renderChatCompletion',
  summary: 'Render the prompt of a conversation',
  description: `The prompt that the model would be given for a chat completion: what its chat template makes of the messages, the tools,
the format and the variables. Takes what POST /v1/chat/completions takes, and refuses what that refuses; what is not about
the prompt has no effect. Nothing is generated, and no slot of the model is taken.`,
  params: t.Object({}),
  query: t.Object({}),
  body: ChatCompletionRequest,
  reply: RenderReply,
  event: t.Never(),
  examples: [
    {
      name: 'one message',
      send: { messages: [{ role: 'user', content: 'Say hello.' }] },
      reply: {
        object: 'chat.completion.render',
        model: 'smollm2-135m-instruct',
        prompt: '<|user|>Say hello.',
        tokens: [4, 1000, 1001],
        count: 3,
        max_model_len: 256,
      },
    },
  ],
  refusals: renderRefusals,
  async handle(call) {
    const { model, text, tokens, contextSize } = await renderChat(call.body, call)
    return {
      object: 'chat.completion.render' as const,
      model: model.id,
      prompt: text,
      tokens: [...tokens],
      count: tokens.length,
      max_model_len: contextSize,
    }
  },
})
