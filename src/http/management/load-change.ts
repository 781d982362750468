import { basename } from 'node:path'
import { invalidParameter, ServerError } from '../../core/errors.ts'
import type { AdapterOptions, DraftOptions, ModelEntry } from '../../core/model.ts'
import { readModelFileHead } from '../../models/gguf/read-header.ts'
import type { LoadChange } from '../../models/load-change.ts'
import type { LoadOptionFields } from '../../protocol/management/load.wire.ts'
import { theOne } from '../../protocol/openai/the-one.ts'
import type { Services } from '../services.ts'

/**
 * What a request says of how a model is to be loaded. Files are found by their names in the models folders: a path is taken
 * only where the configuration says it, too. Throws `invalid_parameter`.
 */
export async function toLoadChange(
  fields: LoadOptionFields,
  entry: ModelEntry,
  { models }: Pick<Services, 'models'>,
): Promise<LoadChange> {
  const { slots, n_gpu_layers: gpuLayers, threads, prompt_lookup: promptLookup, lora } = fields
  const contextSize = toContextSize(fields)
  const cacheTypes = toCacheTypes(fields, entry)
  const draft = await toDraft(fields, entry, models)
  const adapters = lora && (await Promise.all(lora.map((each, index) => toAdapter(each, index, models))))
  return {
    ...(contextSize !== undefined && { contextSize }),
    ...(isSaid(slots) && { slots }),
    ...(isSaid(gpuLayers) && { gpuLayers }),
    ...(isSaid(threads) && { threads }),
    ...(isSaid(promptLookup) && { promptLookup }),
    ...(cacheTypes && { cacheTypes }),
    ...draft,
    ...(adapters && { adapters }),
  }
}

const isSaid = <Value>(value: Value | null | undefined): value is Value => value !== null && value !== undefined

function toContextSize({ n_ctx, ctx_size }: LoadOptionFields): number | 'auto' | undefined {
  if (ctx_size === 0) throw invalidParameter('ctx_size', "expected -1 for 'auto', or an integer of at least 1, found 0")
  return theOne<number | 'auto'>({ n_ctx, ctx_size: ctx_size === -1 ? 'auto' : ctx_size })?.value
}

function toCacheTypes({ cache_type_k, cache_type_v }: LoadOptionFields, { load }: ModelEntry) {
  if (!cache_type_k && !cache_type_v) return undefined
  const { key = 'f16', value = 'f16' } = load.cacheTypes ?? {}
  return { key: cache_type_k ?? key, value: cache_type_v ?? value }
}

async function toDraft(
  { draft_model: name, draft_n_ctx: contextSize }: LoadOptionFields,
  { load }: ModelEntry,
  models: Services['models'],
): Promise<LoadChange> {
  if (name === 'none') return { draft: null }
  // One that is named has to work: without it the model would be something else than what was asked for.
  const before: DraftOptions | undefined = isSaid(name)
    ? { contextSize: 'auto', gpuLayers: -1, ...load.draft, isRequired: true, ...(await findDraft(name, models)) }
    : load.draft
  if (!before && isSaid(contextSize))
    throw invalidParameter('draft_n_ctx', 'the model has no draft model; name one as draft_model')
  if (!before || (!isSaid(name) && !isSaid(contextSize))) return {}
  return { draft: { ...before, ...(isSaid(contextSize) && { contextSize }) } }
}

async function findDraft(name: string, models: Services['models']): Promise<Pick<DraftOptions, 'path' | 'header'>> {
  const configured = (await models.configured())
    .flatMap(({ load }) => load.draft ?? [])
    .find(({ path }) => path === name)
  if (configured) return { path: configured.path, ...(configured.header && { header: configured.header }) }
  try {
    const { path, header } = await models.find(name, 'chat')
    return { path, header }
  } catch (error) {
    throw error instanceof ServerError ? invalidParameter('draft_model', sentence(error)) : error
  }
}

async function toAdapter(
  { name, scale }: { name: string; scale?: number | null },
  index: number,
  models: Services['models'],
): Promise<AdapterOptions> {
  const configured = (await models.configured()).flatMap(({ load }) => load.adapters ?? []).map(({ path }) => path)
  // An adapter is no model by itself, so it stands among the files that cannot be used as one.
  const inFolders = (await models.problems()).filter(({ isFolder }) => !isFolder).map(({ path }) => path)
  const isMeant = (path: string) => [basename(path), basename(path).replace(/\.gguf$/i, '')].includes(name)
  const path = configured.find((each) => each === name) ?? [...configured, ...inFolders].find(isMeant)
  const param = `lora[${index}].name`
  if (path === undefined)
    throw invalidParameter(param, `there is no adapter '${name}' in the models folders, and none is configured`)
  // What cannot be read here, the load says more of.
  const head = await readModelFileHead(path).catch(() => undefined)
  if (head && head.role !== 'adapter') throw invalidParameter(param, `'${name}' is a model, and no LoRA adapter`)
  return { path, scale: scale ?? 1, ...(head && { tensorBytes: head.header.tensorBytes }) }
}

/** A message as a part of another one. */
const sentence = ({ message }: ServerError) =>
  message.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())
