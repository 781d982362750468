import { Type as t } from '@sinclair/typebox'
import { RunningRequestList } from '../../../protocol/management/requests.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromRunning } from '../../management/from-running.ts'
import { exampleRequest } from './list-requests.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/requests',
  operationId: 'system.listRequests',
  summary: 'List the requests that run and wait',
  description: `The requests that work with a model now, or wait for one, the oldest first: generations, also those of responses in the
background, texts that are embedded, ranked or tokenized, and loads. Never what they ask or answer.

DELETE /v1/requests/{id} ends one. Asking costs the running requests nothing.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: RunningRequestList,
  event: t.Never(),
  examples: [{ name: 'one that is answered', reply: { object: 'list', data: [exampleRequest] } }],
  refusals: {},
  async handle({ services }) {
    const now = services.now()
    return { object: 'list' as const, data: [...services.requests].map((request) => fromRunning(request, now)) }
  },
})
