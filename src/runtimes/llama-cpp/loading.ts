import type { LoadedFacts, ModelEntry } from '../../core/model.ts'
import type { LoadCall, LoadedModel } from '../../core/runtime.ts'
import type { Addon, AddonContext } from './addon.ts'
import type { Fit } from './fit.ts'
import type { ErrorLog } from './load-model.ts'
import type { NativeStep } from './native-step.ts'

/** Everything that is known once the machine was looked at. */
export interface Loading {
  readonly addon: Addon
  readonly errors: ErrorLog
  readonly entry: ModelEntry
  readonly call: LoadCall
  readonly predictsForcedText: boolean
  /** Makes a context that generates as fast as this machine's libraries allow. */
  readonly accelerate: (context: AddonContext, threads: number) => AddonContext
  /** Reads the vectors of several sequences; absent where the libraries can read only one. */
  readonly vectors?: NativeStep['vectors']
  /** Decodes with more threads than the context has; absent where the libraries cannot. */
  readonly decodeOn?: NativeStep['decodeOn']
  readonly fitted: Fit
  readonly device: string
  readonly gpuLayers: number
  readonly batchSize: number
  /** Bytes of what the model may take that are left when it is loaded. */
  readonly spareBytes: number
  /** Bytes of main memory that the machine can still give, as it is now. */
  readonly availableBytes: () => number
}

export const factsOf = ({ fitted, gpuLayers, device }: Loading): LoadedFacts => ({
  contextSize: fitted.contextSize,
  slots: fitted.slots,
  threads: fitted.threads,
  gpuLayers,
  device: gpuLayers > 0 ? device : 'cpu',
  notes: fitted.notes,
})

/** Nothing in this process notices that native code died: the process is gone then, and the one that started it knows. */
export function opened(
  model: ModelEntry,
  facts: LoadedFacts,
  close: () => Promise<void>,
): Omit<LoadedModel, 'tokenize' | 'detokenize'> {
  const closed = Promise.withResolvers<undefined>()
  return {
    model,
    facts,
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      await close()
      closed.resolve(undefined)
    },
  }
}
