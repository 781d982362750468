import { Type as t } from '@sinclair/typebox'
import { forwardingRoute } from '../../providers/forwarding-route.ts'
import { chatChunk, chatReply, noChunk } from './forwarded.examples.ts'

export default forwardingRoute({
  ability: 'chat',
  path: 'chat/completions',
  operationId: 'providers.createChatCompletion',
  summary: 'Have a provider answer a conversation',
  fields: t.Object({ messages: t.Array(t.Unknown()) }),
  question: { messages: [{ role: 'user', content: 'Hello!' }] },
  reply: chatReply,
  events: [chatChunk, noChunk],
})
