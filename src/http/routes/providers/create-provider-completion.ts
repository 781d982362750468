import { Type as t } from '@sinclair/typebox'
import { forwardingRoute } from '../../providers/forwarding-route.ts'
import { textChunk, textReply } from './forwarded.examples.ts'

export default forwardingRoute({
  ability: 'completions',
  path: 'completions',
  operationId: 'providers.createCompletion',
  summary: 'Have a provider continue a text',
  fields: t.Object({}),
  question: { prompt: 'Hello' },
  reply: textReply,
  events: [textChunk],
})
