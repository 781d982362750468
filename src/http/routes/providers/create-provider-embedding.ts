import { Type as t } from '@sinclair/typebox'
import { forwardingRoute } from '../../providers/forwarding-route.ts'
import { vectorReply } from './forwarded.examples.ts'

export default forwardingRoute({
  ability: 'embeddings',
  path: 'embeddings',
  operationId: 'providers.createEmbedding',
  summary: 'Have a provider embed texts',
  fields: t.Object({ input: t.Unknown() }),
  question: { input: 'a cat' },
  reply: vectorReply,
})
