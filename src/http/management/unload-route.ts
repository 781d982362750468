import { Type as t } from '@sinclair/typebox'
import { invalidParameter, ServerError } from '../../core/errors.ts'
import { toModelName } from '../../protocol/management/model-name.ts'
import { UnloadModelReply, UnloadModelRequest } from '../../protocol/management/unload.wire.ts'
import { defineRoute, type Route, type RouteRequest } from '../define-route.ts'
import type { Services } from '../services.ts'

type Call = RouteRequest<unknown, unknown, UnloadModelRequest>

const description = `Ends a model, or with \`all\` every one, and answers when its memory is back: its process is gone then.

\`mode\` \`wait\`, the default, lets running requests end first; requests that come meanwhile load the model again after it. \`cut\`
ends them at once with the error \`model_unloaded\`. A client that leaves while it waits takes the unload back. Pinned models
are unloaded too. A model that is not in memory is no error: \`was_loaded\` is false.

\`\`\`sh
curl http://127.0.0.1:8080/v1/models/unload -d '{"model": "smollm2-135m-instruct", "mode": "cut"}'
\`\`\``

/** The route that unloads models, under one of its paths; at Lemonade's no model at all means every one. */
export function unloadRoute(
  path: `/${string}`,
  operationId: `models.${string}`,
  { unloadsAllByDefault = false } = {},
): Route {
  return defineRoute({
    method: 'POST',
    path,
    operationId,
    summary: 'Unload a model',
    description: unloadsAllByDefault ? `${description}\n\nWithout a model every one is unloaded.` : description,
    params: t.Object({}),
    query: t.Object({}),
    body: UnloadModelRequest,
    isBodyOptional: true,
    reply: UnloadModelReply,
    event: t.Never(),
    examples: [
      {
        name: 'one that is not in memory',
        send: { model: 'smollm2-135m-instruct' },
        reply: {
          status: 'success',
          message: 'Nothing was in memory',
          models: [{ id: 'smollm2-135m-instruct', was_loaded: false, cut_requests: 0, freed_bytes: 0 }],
          freed_bytes: 0,
        },
      },
    ],
    refusals: {
      model_not_found: { send: { model: 'absent' } },
      model_not_installed: { send: { model: 'catalogued' } },
    },
    handle: (call) => unload(call, unloadsAllByDefault),
  })
}

async function unload({ body, services, signal }: Call, unloadsAllByDefault: boolean): Promise<UnloadModelReply> {
  const name = toModelName(body)
  if (name !== undefined && body.all) throw invalidParameter('all', 'a model is named, too; send one of the two')
  if (name === undefined && !(body.all ?? unloadsAllByDefault))
    throw invalidParameter('model', 'it is missing; expected the name of a model, or "all": true for every one')
  const ids = name === undefined ? idsInMemory(services) : [await idOf(name, services)]
  const running = body.mode ?? 'wait'
  const models = await Promise.all(
    ids.map(async (id) => {
      const outcome = await services.engine.unload(id, { running, signal })
      return { id, was_loaded: outcome.wasLoaded, cut_requests: outcome.cutRequests, freed_bytes: outcome.freedBytes }
    }),
  )
  const gone = models.filter((model) => model.was_loaded).map(({ id }) => id)
  return {
    status: 'success',
    message: gone.length > 0 ? `Unloaded ${gone.join(', ')}` : 'Nothing was in memory',
    models,
    freed_bytes: models.reduce((sum, model) => sum + model.freed_bytes, 0),
  }
}

const idsInMemory = ({ engine }: Services): readonly string[] => engine.residents().map(({ entry }) => entry.id)

/** A model in memory can be unloaded even where its file is gone. */
async function idOf(name: string, services: Services): Promise<string> {
  const resident = services.engine
    .residents()
    .find(({ entry: { id, aliases } }) => id === name || aliases.includes(name))
  if (resident) return resident.entry.id
  try {
    return (await services.models.find(name, 'chat')).id
  } catch (error) {
    // A file that cannot be used is not in memory, and that is all that is wanted.
    if (error instanceof ServerError && error.code === 'model_unusable') return name
    throw error
  }
}
