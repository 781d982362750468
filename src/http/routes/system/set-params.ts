import { Type as t } from '@sinclair/typebox'
import { fromDefaults, toDefaultsChange } from '../../../protocol/management/params.ts'
import { Params, SetParamsRequest } from '../../../protocol/management/params.wire.ts'
import { defineRoute } from '../../define-route.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/params',
  operationId: 'system.setParams',
  summary: 'Set the default sampling values',
  description: `Sets the values that hold for requests which say nothing else: of all models, or of the one that \`model\` names, which go
before those of all. What is absent stays; \`null\` gives a value back to the configuration. The answer is what holds now.

Requests that run keep what they began with. The values hold until the server ends; config.yaml has those that last.

\`\`\`sh
curl http://127.0.0.1:8080/v1/params -d '{"model": "smollm2-135m-instruct", "temperature": 0.2}'
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: SetParamsRequest,
  reply: Params,
  event: t.Never(),
  examples: [
    {
      name: 'of one model',
      send: { model: 'smollm2', temperature: 0.2, max_tokens: 512 },
      reply: {
        model: 'smollm2-135m-instruct',
        max_tokens: 512,
        temperature: 0.2,
        top_p: 0.95,
        top_k: 40,
        min_p: 0.05,
      },
    },
    {
      name: 'as configured again, for all',
      send: { temperature: null },
      reply: { model: null, max_tokens: null, temperature: 0.8, top_p: 0.95, top_k: 40, min_p: 0.05 },
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent', temperature: 1 } },
    model_not_installed: { send: { model: 'catalogued', temperature: 1 } },
  },
  async handle({ body, services: { models } }) {
    const defaults = toDefaultsChange(body)
    if (body.model === undefined || body.model === null) return fromDefaults(null, await models.configureAll(defaults))
    const entry = await models.configure(body.model, { defaults })
    return fromDefaults(entry.id, entry.defaults)
  },
})
