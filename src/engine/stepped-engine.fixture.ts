import { ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel, Runtime } from '../core/runtime.ts'
import type { Clock } from './clock.ts'
import { createEngine } from './create-engine.ts'
import type { Lease, LeaseCall, WaitState } from './engine.ts'
import type { ResidencyEvent } from './residency.ts'

/** A chat model of 100 bytes. */
export const entry = (id: string): ModelEntry => ({
  id,
  aliases: [],
  kind: 'chat',
  format: 'fake',
  path: '',
  fileBytes: 0,
  createdSeconds: 0,
  header: { architecture: 'fake', tensorBytes: 100 },
  load: { contextSize: 'auto', gpuLayers: 0, slots: 2, threads: 1 },
  defaults: { temperature: 0, topP: 1, topK: 0, minP: 0 },
})

function steppedModel(call: {
  model: ModelEntry
  slots: number
  closed: Promise<ServerError | undefined>
  end(): Promise<void>
}): LoadedModel {
  const { model, slots, closed, end } = call
  const facts = { contextSize: 10, slots, threads: 1, gpuLayers: 0, device: 'fake', notes: [] }
  const vocabulary = { tokenize: async () => [], detokenize: async () => '' }
  return { model, facts, closed, ...vocabulary, [Symbol.asyncDispose]: end }
}

/** A runtime whose loads and deaths happen when the test says so. */
function steppedRuntime({ slots, ending }: { slots: number; ending: Promise<void> }) {
  const loads: { id: string; finish(): void; fail(error: Error): void; die(how: string): void }[] = []
  const arrivals: (() => void)[] = []
  const log: string[] = []
  const runtime: Runtime = {
    name: 'stepped',
    accepts: () => true,
    estimateBytes: (model) => model.header.tensorBytes,
    load(model, { signal }) {
      log.push(`load ${model.id}`)
      const loading = Promise.withResolvers<LoadedModel>()
      const closed = Promise.withResolvers<ServerError | undefined>()
      const end = async () => {
        log.push(`end ${model.id}`)
        await ending
        closed.resolve(undefined)
      }
      const loaded = steppedModel({ model, slots, closed: closed.promise, end })
      signal.addEventListener('abort', () => loading.reject(signal.reason))
      loads.push({
        id: model.id,
        finish: () => loading.resolve(loaded),
        fail: loading.reject,
        die: (how) => closed.resolve(new ServerError('runtime_crashed', { model: model.id, how })),
      })
      for (const arrive of arrivals.splice(0)) arrive()
      return loading.promise
    },
  }
  /** The load of that number, as soon as it was asked for. */
  const load = async (index: number) => {
    while (!loads[index]) await new Promise<void>((resolve) => arrivals.push(resolve))
    return loads[index]
  }
  return { runtime, loads, log, load }
}

/** An engine over the stepped runtime and the stepped clock. `memory`: bytes for models. `ending`: how long the end of one takes. */
export function startEngine({ slots = 2, maxWaiting = 5, memory = 1000, ending = Promise.resolve() } = {}) {
  const stepped = steppedRuntime({ slots, ending })
  const events: ResidencyEvent[] = []
  const present = () =>
    events.reduce((sum, { type }) => sum + (type === 'loading' ? 100 : type === 'evicted' ? -100 : 0), 0)
  const time = steppedClock()
  const engine = createEngine({
    runtime: stepped.runtime,
    clock: time.clock,
    maxWaiting,
    availableBytes: () => memory - present(),
    onEvent: (event) => events.push(event),
  })
  const lease = (id: string, signal = new AbortController().signal, onWait?: (state: WaitState) => void) =>
    engine.lease(entry(id), { signal, ...(onWait && { onWait }) })
  const leaseWith = (id: string, how: Omit<LeaseCall, 'signal'>) =>
    engine.lease(entry(id), { signal: new AbortController().signal, ...how })
  return { ...stepped, engine, events, lease, leaseWith, time }
}

/** A clock that stands still until the test moves it. */
function steppedClock() {
  let now = 0
  const calls = new Set<{ readonly time: number; readonly call: () => void }>()
  const clock: Clock = {
    now: () => now,
    callAt(time, call) {
      const entry = { time, call }
      calls.add(entry)
      return () => calls.delete(entry)
    },
  }
  return {
    clock,
    pass(seconds: number) {
      now += seconds * 1000
      for (const entry of [...calls])
        if (entry.time <= now) {
          calls.delete(entry)
          entry.call()
        }
    },
    waiting: () => calls.size,
  }
}

/** How a wait for a lease ended: `ok`, or the code of the error. */
export const codeOf = (promise: Promise<Lease>) =>
  promise.then(
    () => 'ok',
    (error: ServerError) => error.code ?? error.message,
  )
/** Resolves when everything that was under way has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))
