import { Type as t } from '@sinclair/typebox'
import { toRequiredModelName } from '../../../protocol/management/model-name.ts'
import { SelectModelRequest } from '../../../protocol/management/unload.wire.ts'
import { fromModel } from '../../../protocol/openai/models.ts'
import { Model } from '../../../protocol/openai/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { chatModel } from '../openai/retrieve-model.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/models/select',
  operationId: 'models.selectModel',
  summary: 'Make a model the default one of its kind',
  description: `From now on requests of the model's kind that name none get this one, until the server ends. It is not loaded by
that: POST /v1/models/load does so. What \`model\` and \`embedding_model\` in config.yaml say holds again after a restart.

\`\`\`sh
curl http://127.0.0.1:8080/v1/models/select -d '{"model": "smollm2-135m-instruct"}'
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: SelectModelRequest,
  reply: Model,
  event: t.Never(),
  examples: [{ name: 'by an alias', send: { model: 'smollm2' }, reply: chatModel }],
  refusals: { model_not_found: { send: { model: 'absent' } }, model_not_installed: { send: { model: 'catalogued' } } },
  async handle({ body, services }) {
    const entry = await services.models.select(toRequiredModelName(body))
    const standingOf = await openStandings(services)
    return fromModel(entry, standingOf(entry))
  },
})
