import { ServerError } from '../../core/errors.ts'
import { tellsOfLackOfMemory } from '../../core/lacks-memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadCall } from '../../core/runtime.ts'
import type { Addon, AddonContext, AddonModel } from './addon.ts'

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
  readonly gpuLayers: number
  readonly call: LoadCall
}

/** Reads a model's weights. Rejects with `model_load_failed`, or with the signal's reason. */
export async function loadWeights({
  addon,
  errors,
  entry,
  path,
  gpuLayers,
  call,
}: WeightsRequest): Promise<AddonModel> {
  call.signal.throwIfAborted()
  errors.clear()
  const model = new addon.AddonModel(path, {
    addonExports: addon,
    gpuLayers,
    useMmap: addon.getSupportsMmap(),
    hasLoadAbortSignal: true,
    ...(call.onProgress && { onLoadProgress: call.onProgress }),
  })
  const abort = () => model.abortActiveModelLoad()
  call.signal.addEventListener('abort', abort)
  const isLoaded = await model.init().finally(() => call.signal.removeEventListener('abort', abort))
  if (isLoaded && !call.signal.aborted) return model
  if (isLoaded) await model.dispose()
  call.signal.throwIfAborted()
  throw loadFailure(entry, errors.last() ?? 'llama.cpp does not say why')
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
}

/** Makes a context of `sequences` times `contextSize` tokens. Rejects with `model_load_failed`. */
export async function openContext(request: ContextRequest): Promise<AddonContext> {
  const { addon, errors, entry, model, contextSize, sequences, batchSize, threads, embeddings, ranking } = request
  const { flashAttention = 'auto' } = request
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
  })
  if (await context.init()) return context
  const size = `a context of ${sequences} × ${contextSize} tokens could not be made`
  throw loadFailure(entry, `${size}: ${errors.last() ?? 'is there enough memory?'}`)
}

export const loadFailure = (entry: ModelEntry, problem: string) =>
  new ServerError('model_load_failed', {
    model: entry.id,
    problem: problem.replace(/[.\s]+$/, ''),
    ...(tellsOfLackOfMemory(problem) && { lacksMemory: true }),
  })
