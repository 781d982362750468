import type { ModelEntry } from '../../core/model.ts'
import type { FakeOptions } from './fake-runtime.ts'

/** Who waits: a request, and the model that it is for. */
export interface FakeWait {
  readonly model: ModelEntry
  readonly options: FakeOptions
  readonly signal: AbortSignal
}

/** Waits as long as a token takes, or until the signal aborts. Rejects with what the gate rejects with. */
export async function waitAtGate({ options, signal, model }: FakeWait, tokensOut: number): Promise<void> {
  if (signal.aborted) return
  const gone = Promise.withResolvers<void>()
  const leave = () => gone.resolve()
  signal.addEventListener('abort', leave, { once: true })
  let timer: NodeJS.Timeout | undefined
  try {
    if (options.gate) await Promise.race([options.gate({ model, tokensOut, signal }), gone.promise])
    if (options.tokensPerSecond === undefined || signal.aborted) return
    timer = setTimeout(leave, 1000 / options.tokensPerSecond)
    await gone.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
  }
}
