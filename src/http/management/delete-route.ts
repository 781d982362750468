import { Type as t } from '@sinclair/typebox'
import { invalidParameter, ServerError } from '../../core/errors.ts'
import { toModelName } from '../../protocol/management/model-name.ts'
import { DeleteModelReply, DeleteModelRequest } from '../../protocol/management/unload.wire.ts'
import { theOne } from '../../protocol/openai/the-one.ts'
import { defineRoute, type Route, type RouteRequest, refuse } from '../define-route.ts'
import type { Services } from '../services.ts'

const DeleteModelQuery = t.Object(
  {
    model: t.Optional(t.String({ minLength: 1, description: 'In place of the field of the body.' })),
    force: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])),
  },
  { additionalProperties: false },
)
type Call = RouteRequest<unknown, { model?: string; force?: string }, DeleteModelRequest>

const description = `Deletes the files of a model that lies in a models folder of this server, also of one that cannot be used. A name that
\`hearth cp\` gave is taken away alone, and the files stay. Files that belong to another program (the Hugging Face cache, Ollama,
LM Studio) or that the configuration names by their path are never touched: \`model_not_ours\`.

A model in memory is refused with 409, unless \`force\` unloads it first, which cuts its requests. **Nothing brings the files
back** but a new pull.

\`\`\`sh
curl -X DELETE 'http://127.0.0.1:8080/v1/delete?model=old-model'
\`\`\``

/** The route that deletes a model: by DELETE, or by POST as Lemonade's clients do. */
export function deleteRoute(method: 'DELETE' | 'POST', operationId: `models.${string}`): Route {
  return defineRoute({
    method,
    path: '/v1/delete',
    operationId,
    summary: 'Delete a model',
    description,
    params: t.Object({}),
    query: DeleteModelQuery,
    body: DeleteModelRequest,
    isBodyOptional: true,
    reply: DeleteModelReply,
    event: t.Never(),
    examples: [
      {
        name: 'one that is not in memory',
        send: { model: 'old-model' },
        reply: {
          status: 'success',
          message: 'Deleted old-model',
          model: 'old-model',
          deleted_files: ['/models/old-model.gguf'],
          freed_bytes: 64_000_000,
        },
      },
    ],
    refusals: {
      model_not_found: { send: { model: 'absent' } },
      model_not_installed: { send: { model: 'catalogued' } },
      model_not_ours: { send: { model: 'foreign' } },
      model_in_memory: { send: { model: 'resident' } },
    },
    handle: (call) => remove(call),
  })
}

async function remove({ query, body, services, signal }: Call): Promise<DeleteModelReply> {
  const name = theOne({ 'model (query)': query.model, model: toModelName(body) })?.value
  if (name === undefined) throw invalidParameter('model', 'it is missing; expected the name of a model')
  const id = await idOf(name, services)
  const isInMemory = services.engine.residents().some(({ entry }) => entry.id === id)
  if (isInMemory && !(body.force ?? query.force === 'true'))
    throw refuse('model_in_memory', { param: 'model', model: id })
  if (isInMemory) await services.engine.unload(id, { running: 'cut', signal })
  const removed = await services.models.remove(name)
  return {
    status: 'success',
    message: removed.paths.length > 0 ? `Deleted ${removed.id}` : `'${name}' is no name of ${removed.id} any more`,
    model: removed.id,
    deleted_files: [...removed.paths],
    freed_bytes: removed.freedBytes,
  }
}

/** Of what can be used; the name of what cannot. What is wrong with the name, `remove` says. */
async function idOf(name: string, { models }: Services): Promise<string> {
  try {
    return (await models.find(name, 'chat')).id
  } catch (error) {
    if (error instanceof ServerError) return name
    throw error
  }
}
