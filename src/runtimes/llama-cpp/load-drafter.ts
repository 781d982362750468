import { messageOf, ServerError } from '../../core/errors.ts'
import type { DraftFact, DraftOptions } from '../../core/model.ts'
import type { AddonContext, AddonModel } from './addon.ts'
import { Drafter } from './drafter.ts'
import { loadWeights, openContext, unusable } from './load-model.ts'
import type { Loading } from './loading.ts'
import { layersOf } from './memory/weights.ts'
import { measureBatches } from './speculation/measure-batches.ts'

interface LoadedDrafter {
  readonly fact: DraftFact
  readonly drafter?: Drafter
  close(): Promise<void>
}

interface DrafterRequest {
  readonly loading: Loading
  readonly draft: DraftOptions
  /** The large model's. */
  readonly context: AddonContext
  /** Told when it fails later. */
  readonly onDraft: (fact: DraftFact) => void
}

/**
 * A draft model that cannot be used is left out, and the fact says why; one that is required makes it reject with
 * `model_unusable`. Rejects by the signal, too.
 */
export async function loadDrafter({ loading, draft, context, onDraft }: DrafterRequest): Promise<LoadedDrafter> {
  const { addon, entry, call, fitted, errors, batchSize } = loading
  const { architecture } = entry.header
  if (addon.getIsArchRecurrent(architecture) || addon.getIsArchHybrid(architecture))
    return without(loading, draft, `'${architecture}' models cannot take back tokens, which guessing ahead needs`)
  let model: AddonModel | undefined
  try {
    const { path, header } = draft
    const gpuLayers = draftLayers(draft, loading)
    model = await loadWeights({ addon, errors, entry, path, header, gpuLayers, call: { signal: call.signal } })
    const contextSize =
      draft.contextSize === 'auto' ? fitted.contextSize : Math.min(draft.contextSize, fitted.contextSize)
    const sequences = fitted.slots
    const { threads } = fitted
    const request = { ...loading, model, contextSize, sequences, batchSize, threads }
    const own = loading.accelerate(await openContext(request), threads)
    context.ensureDraftContextIsCompatibleForSpeculative(own)
    const loaded = ready(loading, { model, own, contextSize, onDraft })
    // It reads prompts, and each run needs the logits of one token.
    await measureBatches(own, loaded.drafter.cost, { most: batchSize, mostWithLogits: sequences })
    return loaded
  } catch (error) {
    await model?.dispose()
    call.signal.throwIfAborted()
    return without(loading, draft, `${draft.path}: ${reasonOf(error)}`)
  }
}

/**
 * Layers of a draft model on the GPU: all where nothing else is asked for, since it is small. None then where the large model has
 * none there, as the estimate of its memory has it: nothing fitted, or it was to stay away from the GPU. Pure.
 */
export function draftLayers(
  { gpuLayers, header }: Pick<DraftOptions, 'gpuLayers' | 'header'>,
  large: Pick<Loading, 'device' | 'gpuLayers'>,
): number {
  if (large.device === 'cpu' || (gpuLayers < 0 && large.gpuLayers === 0)) return 0
  const layers = header ? layersOf(header) : 999
  return gpuLayers < 0 ? layers : Math.min(gpuLayers, layers)
}

interface OpenDraft {
  readonly model: AddonModel
  readonly own: AddonContext
  readonly contextSize: number
  readonly onDraft: DrafterRequest['onDraft']
}

function ready({ addon, fitted, batchSize }: Loading, { model, own, contextSize, onDraft }: OpenDraft) {
  const drafter = new Drafter({
    context: own,
    contextSize,
    batchSize,
    slots: fitted.slots,
    makeSampler() {
      const sampler = new addon.AddonSampler(model)
      sampler.applyConfig({ temperature: 0 })
      return sampler
    },
    onFailure(problem) {
      console.error(`the draft model failed and is left out from now on: ${problem}`)
      onDraft({ state: 'failed', problem })
    },
  })
  return {
    fact: { state: 'ready' as const },
    drafter,
    async close() {
      await own.dispose()
      await model.dispose()
    },
  }
}

/** An error of the load names the large model, and it is not the one that failed. */
function reasonOf(error: unknown): string {
  if (error instanceof ServerError && (error.code === 'model_load_failed' || error.code === 'model_unusable'))
    return (error as ServerError<'model_load_failed' | 'model_unusable'>).facts.problem
  return messageOf(error)
}

function without({ entry }: Loading, { isRequired }: DraftOptions, problem: string): LoadedDrafter {
  if (isRequired) throw unusable(entry, `the draft model ${problem}`)
  return { fact: { state: 'failed', problem }, close: async () => {} }
}
