import { ServerError } from '../../core/errors.ts'
import { tellsOfLackOfMemory } from '../../core/lacks-memory.ts'
import type { CacheType, LoadOptions, ModelEntry, ModelHeader } from '../../core/model.ts'
import type { LoadCall } from '../../core/runtime.ts'
import type { Addon, AddonContext, AddonModel } from './addon.ts'
import { mapsWeights } from './memory/weights.ts'
import { guardOlder } from './older-addon.ts'

/** What llama.cpp complained about last: its functions answer only that something failed. */
export interface ErrorLog {
  last(): string | undefined
  clear(): void
}

interface WeightsRequest {
  readonly addon: Addon
  readonly errors: ErrorLog
  readonly entry: ModelEntry
  readonly path: string
  /** Of the file at `path`, where it is known. */
  readonly header: ModelHeader | undefined
  readonly gpuLayers: number
  readonly call: LoadCall
}

/** Reads a model's weights. Rejects with `model_unusable` or `model_load_failed`, or with the signal's reason. */
export async function loadWeights({
  addon,
  errors,
  entry,
  path,
  header,
  gpuLayers,
  call,
}: WeightsRequest): Promise<AddonModel> {
  call.signal.throwIfAborted()
  errors.clear()
  const model = new addon.AddonModel(path, {
    addonExports: addon,
    gpuLayers,
    useMmap: addon.getSupportsMmap() && (header === undefined || mapsWeights(header, gpuLayers)),
    hasLoadAbortSignal: true,
    ...(call.onProgress && { onLoadProgress: call.onProgress }),
  })
  const abort = () => model.abortActiveModelLoad()
  call.signal.addEventListener('abort', abort)
  const isLoaded = await model.init().finally(() => call.signal.removeEventListener('abort', abort))
  if (isLoaded && !call.signal.aborted) return model
  if (isLoaded) await model.dispose()
  call.signal.throwIfAborted()
  throw refusalFor(entry, errors.last() ?? silence)
}

interface ContextRequest {
  readonly addon: Addon
  readonly errors: ErrorLog
  readonly entry: ModelEntry
  readonly model: AddonModel
  readonly contextSize: number
  readonly sequences: number
  readonly batchSize: number
  readonly threads: number
  /** Absent: where llama.cpp finds that it can be had. */
  readonly flashAttention?: boolean
  readonly embeddings?: boolean
  readonly ranking?: boolean
  readonly cacheTypes?: LoadOptions['cacheTypes']
}

/** Numbers of `ggml_type` (ggml.h). */
const typeNumbers: Readonly<Record<CacheType, number>> = {
  f32: 0,
  f16: 1,
  q4_0: 2,
  q4_1: 3,
  q5_0: 6,
  q5_1: 7,
  q8_0: 8,
  iq4_nl: 20,
  bf16: 30,
}

/** Makes a context of `sequences` times `contextSize` tokens. Rejects with `model_unusable` or `model_load_failed`. */
export async function openContext(request: ContextRequest): Promise<AddonContext> {
  const { addon, errors, entry, model, contextSize, sequences, batchSize, threads, embeddings, ranking } = request
  const { flashAttention = 'auto', cacheTypes } = request
  errors.clear()
  const context = new addon.AddonContext(model, {
    // llama.cpp gives each sequence its share of the cells, in steps of 256.
    contextSize: Math.ceil(contextSize / 256) * 256 * sequences,
    batchSize: Math.max(batchSize, sequences),
    sequences,
    threads,
    flashAttention,
    ...(embeddings && { embeddings }),
    ...(ranking && { ranking }),
    ...(cacheTypes && {
      kvCacheKeyType: typeNumbers[cacheTypes.key],
      kvCacheValueType: typeNumbers[cacheTypes.value],
    }),
  })
  if (await context.init()) return guardOlder(context)
  const types = cacheTypes ? ` with keys in ${cacheTypes.key} and values in ${cacheTypes.value}` : ''
  const size = `a context of ${sequences} × ${contextSize} tokens${types} could not be made`
  throw refusalFor(entry, errors.last() ?? silence, size)
}

const silence = 'llama.cpp does not say why'

/** What is wrong with memory, or with nobody knows what, may go another time; what llama.cpp says of a file is final. */
function refusalFor(entry: ModelEntry, reason: string, what?: string): ServerError {
  const problem = what === undefined ? reason : `${what}: ${reason}`
  return reason === silence ? loadFailure(entry, problem) : unusable(entry, problem)
}

/** The file, or what was said of it, is no good, unless it was memory that was missing. */
export const unusable = (entry: ModelEntry, problem: string): ServerError =>
  tellsOfLackOfMemory(problem)
    ? loadFailure(entry, problem)
    : new ServerError('model_unusable', { model: entry.id, problem: trimmed(problem) })

const trimmed = (problem: string) => problem.replace(/[.\s]+$/, '')

export const loadFailure = (entry: ModelEntry, problem: string) =>
  new ServerError('model_load_failed', {
    model: entry.id,
    problem: trimmed(problem),
    ...(tellsOfLackOfMemory(problem) && { lacksMemory: true }),
  })
