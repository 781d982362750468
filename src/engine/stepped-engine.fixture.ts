import { ServerError } from '../core/errors.ts'
import type { LoadOptions, ModelEntry } from '../core/model.ts'
import type { LoadCall, LoadedModel, Runtime } from '../core/runtime.ts'
import type { Clock } from './clock.ts'
import { createEngine } from './create-engine.ts'
import type { Engine, LeaseCall, LoadRequest, WaitState } from './engine.ts'
import type { ResidencyEvent } from './resident.ts'

/** A chat model of 100 bytes; with `gpuLayers` they are on a GPU. */
export const entry = (id: string, more: Partial<ModelEntry> = {}): ModelEntry => ({
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
  ...more,
})

/** The same model with other options. */
export const withLoad = (model: ModelEntry, load: Partial<LoadOptions>): ModelEntry => ({
  ...model,
  load: { ...model.load, ...load },
})

/** What a model of so many bytes has in its header. */
export const sized = (tensorBytes: number) => ({ header: { architecture: 'fake', tensorBytes } })

function steppedModel(call: {
  model: ModelEntry
  how: SteppedOptions
  closed: Promise<ServerError | undefined>
  end(): Promise<void>
  cut(error: ServerError): Promise<void>
}): LoadedModel {
  const { model, how, closed, end, cut } = call
  const { slots, threads, device } = how
  const facts = { contextSize: 10, slots, threads, gpuLayers: 0, device, notes: [] }
  const vocabulary = { tokenize: async () => [], detokenize: async () => '' }
  return {
    model,
    facts,
    closed,
    ...vocabulary,
    cut,
    memoryBytes: () => how.measured(model.id),
    [Symbol.asyncDispose]: end,
  }
}

interface SteppedOptions {
  readonly slots: number
  readonly threads: number
  readonly device: string
  /** How long the end of a model takes. */
  readonly ending: Promise<void> | ((id: string) => Promise<void>)
  /** What a model is measured to take. */
  readonly measured: (id: string) => number | undefined
}

interface SteppedLoad extends Pick<LoadCall, 'room'> {
  readonly id: string
  readonly entry: ModelEntry
  progress(fraction: number): void
  finish(): void
  fail(error: Error): void
  die(how: string, lacksMemory?: boolean): void
}

/** The load of that number, as soon as it was asked for. */
function nthOf<Load>(loads: readonly Load[], arrivals: (() => void)[]) {
  return async (index: number): Promise<Load> => {
    for (;;) {
      const load = loads[index]
      if (load) return load
      await new Promise<void>((resolve) => arrivals.push(resolve))
    }
  }
}

/** Memory that is taken once and given back once. */
function hold(bytes: number, change: (bytes: number) => void) {
  let taken = 0
  return {
    take() {
      taken = bytes
      change(bytes)
    },
    giveBack() {
      change(-taken)
      taken = 0
    },
  }
}

const estimates = (slots: number): Pick<Runtime, 'least' | 'estimate'> => ({
  least: bytesOf,
  estimate: (model) => ({
    ...{ ...bytesOf(model), weightsBytes: model.header.tensorBytes, cacheBytes: 0, computeBytes: 0 },
    ...{ draftBytes: 0, adapterBytes: 0, processBytes: 0, contextSize: 10, slots, gpuLayers: 0, notes: [] },
  }),
})

const bytesOf = ({ header, load }: ModelEntry) =>
  load.gpuLayers === 0
    ? { mainBytes: header.tensorBytes, deviceBytes: 0 }
    : { mainBytes: 0, deviceBytes: header.tensorBytes }

/** What the loads of one runtime share. */
interface SteppedWorld {
  readonly how: SteppedOptions
  readonly log: string[]
  /** Told of bytes that are taken, or given back. */
  readonly change: (bytes: number) => void
}

/** One load, for the test and for the engine. */
function steppedLoad(model: ModelEntry, { signal, room, onProgress }: LoadCall, { how, log, change }: SteppedWorld) {
  const loading = Promise.withResolvers<LoadedModel>()
  const closed = Promise.withResolvers<ServerError | undefined>()
  const memory = hold(bytesOf(model).mainBytes, change)
  let isOver = false
  const end = async () => {
    log.push(`end ${model.id}`)
    await (typeof how.ending === 'function' ? how.ending(model.id) : how.ending)
    memory.giveBack()
    closed.resolve(undefined)
  }
  const cut = (error: ServerError) => {
    log.push(`cut ${model.id} ${error.code}`)
    return end()
  }
  signal.addEventListener('abort', () => {
    if (!isOver) log.push(`give up ${model.id}`)
    loading.reject(signal.reason)
  })
  const load: SteppedLoad = {
    ...{ id: model.id, entry: model, ...(room && { room }) },
    progress: (fraction) => onProgress?.(fraction),
    finish() {
      if (signal.aborted) return
      isOver = true
      memory.take()
      loading.resolve(steppedModel({ model, how, closed: closed.promise, end, cut }))
    },
    fail: loading.reject,
    die(reason, lacksMemory = false) {
      memory.giveBack()
      const facts = { model: model.id, how: reason, ...(lacksMemory && { lacksMemory }) }
      closed.resolve(new ServerError('runtime_crashed', facts))
    },
  }
  return { load, loaded: loading.promise }
}

/** A runtime whose loads and deaths happen when the test says so. */
function steppedRuntime(how: SteppedOptions) {
  let taken = 0
  const loads: SteppedLoad[] = []
  const arrivals: (() => void)[] = []
  const log: string[] = []
  const change = (bytes: number) => {
    taken += bytes
  }
  const runtime: Runtime = {
    name: 'stepped',
    accepts: () => true,
    ...estimates(how.slots),
    load(model, call) {
      log.push(`load ${model.id}`)
      const { load, loaded } = steppedLoad(model, call, { how, log, change })
      loads.push(load)
      for (const arrive of arrivals.splice(0)) arrive()
      return loaded
    },
  }
  return { runtime, loads, log, load: nthOf(loads, arrivals), taken: () => taken }
}

/** What an engine over the stepped runtime is to be like. */
interface EngineSetting extends Partial<SteppedOptions> {
  readonly maxWaiting?: number
  /** Bytes for models. */
  readonly memory?: number
  readonly cores?: number
  readonly limit?: number
  /** Bytes of GPUs for models, read anew each time. */
  readonly deviceMemory?: number
  /** What was read of the GPUs last. */
  readonly deviceReading?: { readonly totalBytes: number; readonly freeBytes: number }
  readonly keepAliveSeconds?: number
}

/** An engine over the stepped runtime and the stepped clock. */
export function startEngine(setting: EngineSetting = {}) {
  const { maxWaiting = 5, memory = 1000, cores, limit, deviceMemory, deviceReading, keepAliveSeconds, ...how } = setting
  const usual = { slots: 2, threads: 1, device: 'fake', ending: Promise.resolve(), measured: () => undefined }
  const stepped = steppedRuntime({ ...usual, ...how })
  const events: ResidencyEvent[] = []
  const time = steppedClock()
  const onDevices = () => {
    const ready = engine.residents().filter(({ state }) => state === 'ready')
    return ready.reduce((sum, { estimate }) => sum + estimate.deviceBytes, 0)
  }
  const engine: Engine = createEngine({
    runtime: stepped.runtime,
    clock: time.clock,
    maxWaiting,
    ...(cores !== undefined && { cores }),
    availableBytes: () => memory - stepped.taken(),
    ...(limit !== undefined && { limitBytes: limit }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    ...(deviceMemory !== undefined && {
      deviceMemory: () => ({ totalBytes: deviceMemory, freeBytes: deviceMemory - onDevices() }),
    }),
    ...(deviceReading && { deviceMemory: () => deviceReading }),
    onEvent: (event) => events.push(event),
  })
  const lease = (id: string, signal = new AbortController().signal, onWait?: (state: WaitState) => void) =>
    engine.lease(entry(id), { signal, ...(onWait && { onWait }) })
  const leaseWith = (id: string, how: Omit<LeaseCall, 'signal'>) => engine.lease(entry(id), { signal: never(), ...how })
  const loadModel = (model: ModelEntry, request: Partial<LoadRequest> = {}) =>
    engine.load(model, { signal: never(), ...request })
  const unload = (id: string, running: 'wait' | 'cut' = 'wait', signal = never()) =>
    engine.unload(id, { running, signal })
  /** Has the model in memory, unused. */
  const bringIn = async (model: ModelEntry, request: Partial<LoadRequest> = {}) => {
    const index = stepped.loads.length
    const loading = loadModel(model, request)
    ;(await stepped.load(index)).finish()
    return loading
  }
  return { ...stepped, engine, events, lease, leaseWith, loadModel, unload, bringIn, time }
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
    /** When the next call is due, in milliseconds; Infinity where none is. */
    next: () => Math.min(...[...calls].map((call) => call.time)),
  }
}

/** A signal that never aborts. */
export const never = () => new AbortController().signal

/** How a wait for a lease ended: `ok`, or the code of the error. */
export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: ServerError) => error.code ?? error.message,
  )
/** Resolves when everything that was under way has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve))
