import { Type as t } from '@sinclair/typebox'
import { forwardingRoute } from '../../providers/forwarding-route.ts'
import { responseEvents, responseReply } from './forwarded.examples.ts'

export default forwardingRoute({
  ability: 'responses',
  path: 'responses',
  operationId: 'providers.createResponse',
  summary: 'Have a provider make a response',
  fields: t.Object({}),
  question: { input: 'Hello!' },
  reply: responseReply,
  events: responseEvents,
})
