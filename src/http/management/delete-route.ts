import { Type as t } from '@sinclair/typebox'
import { invalidParameter, ServerError } from '../../core/errors.ts'
import type { RemovedModel } from '../../models/registry.ts'
import { toModelName } from '../../protocol/management/model-name.ts'
import { DeleteModelReply, DeleteModelRequest } from '../../protocol/management/unload.wire.ts'
import { theOne } from '../../protocol/openai/the-one.ts'
import { defineRoute, type Route, type RouteRequest, refuse } from '../define-route.ts'

const DeleteModelQuery = t.Object(
  {
    model: t.Optional(t.String({ minLength: 1, description: 'In place of the field of the body.' })),
    force: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])),
  },
  { additionalProperties: false },
)
type Method = 'DELETE' | 'POST'
type Call = RouteRequest<unknown, { model?: string; force?: string }, DeleteModelRequest>

const inMemory: Readonly<Record<Method, string>> = {
  DELETE: 'A model in memory is refused with 409, unless `force` unloads it first, which cuts its requests.',
  POST: 'A model in memory is unloaded first, once its requests have ended; with `force` they are cut, and with `force` false it is refused with 409.',
}

const description = (
  method: Method,
) => `Deletes the files of a model that lies in a models folder of this server, also of one that cannot be used. A name that
\`hearth cp\` gave is taken away alone, and the files stay. Files that belong to another program (the Hugging Face cache, Ollama,
LM Studio) or that the configuration names by their path are never touched: \`model_not_ours\`.

${inMemory[method]} A download of the
model that runs or is paused is cancelled. **Nothing brings the files back** but a new pull.

\`\`\`sh
curl -X ${method} 'http://127.0.0.1:8080/v1/delete?model=old-model'
\`\`\``

/** The route that deletes a model: by DELETE, or by POST as Lemonade's clients do. */
export function deleteRoute(method: Method, operationId: `models.${string}`): Route {
  return defineRoute({
    method,
    path: '/v1/delete',
    operationId,
    summary: 'Delete a model',
    description: description(method),
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
      model_in_memory: { send: { model: 'resident', force: false } },
    },
    handle: (call) => remove(call, method),
  })
}

async function remove(call: Call, method: Method): Promise<DeleteModelReply> {
  const { query, body, services } = call
  const name = theOne({ 'model (query)': query.model, model: toModelName(body) })?.value
  if (name === undefined) throw invalidParameter('model', 'it is missing; expected the name of a model')
  const cancelled = new Set<string>()
  try {
    // What is refused has changed nothing.
    const { id, isNameOnly } = await services.models.removal(name)
    if (isNameOnly) return fromRemoved(await services.models.remove(name), name)
    await leaveMemory(id, call, method)
    await cancelDownloads([id, name], call, cancelled)
    const removed = await services.models.remove(name)
    // Somebody may have had it loaded meanwhile: nobody can ask for it by a name any more.
    await services.engine.unload(id, { running: 'cut', signal: new AbortController().signal })
    return fromRemoved(removed, name)
  } catch (error) {
    if (!isAbsent(error)) throw error
    await cancelDownloads([name], call, cancelled)
    if (cancelled.size === 0) throw error
    const message = `Cancelled the download of ${name}; nothing else of it was here`
    return { status: 'success', message, model: name, deleted_files: [], freed_bytes: 0 }
  }
}

const isAbsent = (error: unknown) =>
  error instanceof ServerError && (error.code === 'model_not_found' || error.code === 'model_not_installed')

async function leaveMemory(id: string, { query, body, services, signal }: Call, method: Method): Promise<void> {
  if (!services.engine.residents().some(({ entry }) => entry.id === id)) return
  const isForced = body.force ?? (query.force === undefined ? undefined : query.force === 'true')
  // Lemonade's clients expect it to be unloaded, and cannot say `force`.
  const mayWait = method === 'POST' && isForced === undefined
  if (!isForced && !mayWait) throw refuse('model_in_memory', { param: 'model', model: id })
  await services.engine.unload(id, { running: mayWait ? 'wait' : 'cut', signal })
}

/** A download would bring back what is deleted, or come to grief over it. */
async function cancelDownloads(names: readonly string[], { services }: Call, cancelled: Set<string>): Promise<void> {
  const meant = services.downloads.list().filter((download) => {
    const isOver = ['done', 'failed', 'cancelled'].includes(download.state)
    return !isOver && [download.model, download.modelId].some((each) => each !== undefined && names.includes(each))
  })
  for (const { id } of meant) {
    await services.downloads.cancel(id)
    cancelled.add(id)
  }
}

const fromRemoved = ({ id, paths, freedBytes }: RemovedModel, name: string): DeleteModelReply => ({
  status: 'success',
  message: paths.length > 0 ? `Deleted ${id}` : `'${name}' is no name of ${id} any more`,
  model: id,
  deleted_files: [...paths],
  freed_bytes: freedBytes,
})
