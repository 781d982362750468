import { Type as t } from '@sinclair/typebox'
import { ServerError } from '../../../core/errors.ts'
import { toRequiredModelName } from '../../../protocol/management/model-name.ts'
import { CompatibilityReply, EstimateRequest } from '../../../protocol/management/resources.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { findCandidate } from '../../management/candidate.ts'
import { compatibilityOf, unusable } from '../../management/compatibility.ts'
import { alienExample, compatibleExample } from './check-compatibility.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/resources/compatibility',
  operationId: 'system.checkCompatibility',
  summary: 'Say whether a model can run here',
  description: `Whether a model can run on this machine with these options, check by check: its file, its architecture, the memory, the
context; with what would be chosen. A model that is not here may be named as POST /v1/pull takes it; only its head is read.

That it cannot run is an answer like any other, with status 200 and \`compatible\` false.

\`\`\`sh
curl http://127.0.0.1:8080/v1/resources/compatibility -d '{"model": "hf:user/repository:Q4_K_M"}'
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: EstimateRequest,
  reply: CompatibilityReply,
  event: t.Never(),
  examples: [
    { name: 'a model that runs', send: { model: 'smollm2-135m-instruct' }, reply: compatibleExample },
    { name: 'one that is not here and cannot run', send: { model: 'hf:fake/alien' }, reply: alienExample },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent' } },
    model_pull_failed: { send: { model: 'hf:fake/broken' } },
    model_source_not_found: { send: { model: 'hf:fake/missing' } },
    model_source_refused: { send: { model: 'hf:fake/gated' } },
  },
  async handle(call) {
    try {
      return await compatibilityOf(await findCandidate(call), call.services)
    } catch (error) {
      if (error instanceof ServerError && error.code === 'model_unusable')
        return unusable(toRequiredModelName(call.body), error.message)
      throw error
    }
  },
})
