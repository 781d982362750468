import { describe, expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel, Runtime } from '../core/runtime.ts'
import type { Clock } from './clock.ts'
import { createEngine } from './create-engine.ts'
import type { Lease, LeaseCall, WaitState } from './engine.ts'
import type { ResidencyEvent } from './residency.ts'

const entry = (id: string): ModelEntry => ({
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

/** A runtime whose loads and deaths happen when the test says so. */
function steppedRuntime({ slots = 2 } = {}) {
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
      const facts = { contextSize: 10, slots, threads: 1, gpuLayers: 0, device: 'fake', notes: [] }
      const loaded: LoadedModel = {
        model,
        facts,
        closed: closed.promise,
        tokenize: async () => [],
        detokenize: async () => '',
        async [Symbol.asyncDispose]() {
          log.push(`end ${model.id}`)
          closed.resolve(undefined)
        },
      }
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

function start({ slots = 2, maxWaiting = 5, memory = 1000 } = {}) {
  const stepped = steppedRuntime({ slots })
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

const codeOf = (promise: Promise<Lease>) =>
  promise.then(
    () => 'ok',
    (error: ServerError) => error.code ?? error.message,
  )
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('engine', () => {
  test('loads a model once for all who ask for it, and runs no more than its slots', async () => {
    const { lease, loads, engine, load } = start()
    const leases = [lease('a'), lease('a'), lease('a')]
    ;(await load(0)).finish()
    const first = await leases[0]
    await leases[1]
    expect(loads.length).toBe(1)
    expect(engine.status('a')).toMatchObject({ state: 'ready', busy: 2, waiting: 1 })
    first?.[Symbol.dispose]()
    await leases[2]
    expect(engine.status('a')).toMatchObject({ busy: 2, waiting: 0 })
  })

  test('refuses beyond the queue, and says when to come back', async () => {
    const { lease, load } = start({ slots: 1, maxWaiting: 1 })
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    const waiting = lease('a')
    const refused = await lease('a').catch((error: ServerError) => error)
    expect(refused).toMatchObject({ code: 'queue_full', status: 429, retryAfterSeconds: expect.any(Number) })
    ;(await running)[Symbol.dispose]()
    await waiting
  })

  test('without a queue a model is loaded all the same, for the first who asks', async () => {
    const { lease, load } = start({ slots: 1, maxWaiting: 0 })
    const first = lease('a')
    expect(await codeOf(lease('a'))).toBe('queue_full')
    ;(await load(0)).finish()
    expect((await first).model.model.id).toBe('a')
    expect(await codeOf(lease('a'))).toBe('queue_full')
  })

  test('who leaves the queue is never started', async () => {
    const { lease, engine, load } = start({ slots: 1 })
    const running = lease('a')
    ;(await load(0)).finish()
    const controller = new AbortController()
    const gone = lease('a', controller.signal)
    controller.abort(new Error('gone'))
    expect(await codeOf(gone)).toBe('gone')
    ;(await running)[Symbol.dispose]()
    expect(engine.status('a')).toMatchObject({ busy: 0, waiting: 0 })
  })

  test('who waits behind somebody that leaves is started at once where there is room', async () => {
    const { lease, engine, load } = start({ slots: 2, memory: 100 })
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    const controller = new AbortController()
    // It wants the memory of the first model, so that nothing new may start there.
    const other = codeOf(lease('b', controller.signal))
    const behind = lease('a')
    expect(engine.status('a')).toMatchObject({ busy: 1, waiting: 1 })
    controller.abort(new Error('gone'))
    expect(await other).toBe('gone')
    await behind
    expect(engine.status('a')).toMatchObject({ busy: 2, waiting: 0 })
  })

  test('a failed load refuses all who waited, and the next ones until the delay is over', async () => {
    const { lease, loads, engine, load } = start()
    const waiting = [codeOf(lease('a')), codeOf(lease('a'))]
    ;(await load(0)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'no weights' }))
    expect(await Promise.all(waiting)).toEqual(['model_load_failed', 'model_load_failed'])
    expect(await codeOf(lease('a'))).toBe('model_load_failed')
    expect(engine.status('a')).toMatchObject({ state: 'failed', retrySeconds: 1 })
    expect(loads.length).toBe(1)
  })

  test('a model that died is loaded again at the next request', async () => {
    const { lease, engine, load } = start()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    ;(await load(0)).die('signal SIGKILL')
    await settled()
    expect(engine.status('a').state).toBe('failed')
    const next = lease('a')
    ;(await load(1)).finish()
    expect((await next).model.model.id).toBe('a')
    ;(await running)[Symbol.dispose]()
    expect(engine.status('a')).toMatchObject({ state: 'ready', busy: 1 })
  })

  test('makes room by evicting the idle model, and waits for the one in use', async () => {
    const { lease, log, load } = start({ memory: 100 })
    const first = lease('a')
    ;(await load(0)).finish()
    const held = await first
    const second = lease('b')
    await settled()
    expect(log).toEqual(['load a'])
    held[Symbol.dispose]()
    ;(await load(1)).finish()
    await second
    expect(log).toEqual(['load a', 'end a', 'load b'])
  })

  test('refuses at once what can never fit', async () => {
    const { lease, loads } = start({ memory: 50 })
    expect(await codeOf(lease('a'))).toBe('model_does_not_fit')
    expect(loads.length).toBe(0)
  })

  test('a default model that can never fit is not loaded at the start, and the status says why', async () => {
    const { engine, lease, loads } = start({ memory: 50 })
    engine.warm(entry('a'))
    expect(engine.status('a')).toMatchObject({ state: 'failed', problem: expect.stringContaining('of memory') })
    expect(await codeOf(lease('a'))).toBe('model_does_not_fit')
    expect(loads.length).toBe(0)
  })

  test('tells those who wait where they are', async () => {
    const { lease, load } = start({ slots: 1 })
    const told: WaitState[] = []
    const running = lease('a', undefined, (state) => told.push(state))
    ;(await load(0)).finish()
    await running
    void lease('a').catch(() => {})
    const last = lease('a', undefined, (state) => told.push(state))
    last.catch(() => {})
    expect(told).toEqual([
      { type: 'loading', fraction: 0 },
      { type: 'queued', position: 2 },
    ])
  })

  test('drains: refuses new requests, waits for the running one, then ends the models', async () => {
    const { lease, log, engine, load } = start({ slots: 1 })
    const running = lease('a')
    ;(await load(0)).finish()
    const held = await running
    const waiting = codeOf(lease('a'))
    const drained = engine.drain(new AbortController().signal)
    expect(await waiting).toBe('shutting_down')
    expect(await codeOf(lease('a'))).toBe('shutting_down')
    expect(log).toEqual(['load a'])
    held[Symbol.dispose]()
    await drained
    expect(log).toEqual(['load a', 'end a'])
  })

  test('drains no longer than it may', async () => {
    const { lease, log, engine, load } = start()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    await engine.drain(AbortSignal.abort())
    expect(log).toEqual(['load a', 'end a'])
  })
})

describe('a model that is to be kept for a while', () => {
  test('leaves the memory when nothing has used it for so long, and is loaded again by the next request', async () => {
    const { leaseWith, load, log, time, engine } = start()
    const first = leaseWith('a', { keepAliveSeconds: 300 })
    ;(await load(0)).finish()
    const held = await first
    time.pass(1000)
    expect(engine.status('a').state).toBe('ready')
    held[Symbol.dispose]()
    time.pass(299)
    expect(log).toEqual(['load a'])
    time.pass(1)
    await settled()
    expect(log).toEqual(['load a', 'end a'])
    expect(engine.status('a').state).toBe('unloaded')
    const again = leaseWith('a', {})
    ;(await load(1)).finish()
    ;(await again)[Symbol.dispose]()
    time.pass(100_000)
    await settled()
    expect(log).toEqual(['load a', 'end a', 'load a'])
  })

  test('the last word counts, and a request without one changes nothing', async () => {
    const { leaseWith, load, log, time } = start()
    const first = leaseWith('a', { keepAliveSeconds: 10 })
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    ;(await leaseWith('a', { keepAliveSeconds: 60 }))[Symbol.dispose]()
    time.pass(59)
    ;(await leaseWith('a', {}))[Symbol.dispose]()
    time.pass(59)
    await settled()
    expect(log).toEqual(['load a'])
    ;(await leaseWith('a', { keepAliveSeconds: Number.POSITIVE_INFINITY }))[Symbol.dispose]()
    time.pass(1e9)
    await settled()
    expect(log).toEqual(['load a'])
    expect(time.waiting()).toBe(0)
  })

  test('0 seconds: it leaves at once, but not before those who wait have been served', async () => {
    const { leaseWith, load, log, engine } = start({ slots: 1 })
    const first = leaseWith('a', { keepAliveSeconds: 0 })
    const second = leaseWith('a', {})
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    const held = await second
    expect(log).toEqual(['load a'])
    held[Symbol.dispose]()
    await settled()
    expect(log).toEqual(['load a', 'end a'])
    expect(engine.status('a').state).toBe('unloaded')
  })

  test('what comes while it leaves is served by a new load', async () => {
    const { leaseWith, load, log } = start({ memory: 100 })
    const first = leaseWith('a', { keepAliveSeconds: 0 })
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    const second = leaseWith('a', {})
    ;(await load(1)).finish()
    await second
    expect(log).toEqual(['load a', 'end a', 'load a'])
  })

  test('a drained engine orders no more looks', async () => {
    const { leaseWith, load, engine, time } = start()
    const first = leaseWith('a', { keepAliveSeconds: 60 })
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    expect(time.waiting()).toBe(1)
    await engine.drain(new AbortController().signal)
    expect(time.waiting()).toBe(0)
  })
})

describe('a model that is held without a slot', () => {
  test('is had at once beside running generations, and stays as long as it is held', async () => {
    const { leaseWith, lease, load, log, engine } = start({ slots: 1, maxWaiting: 0, memory: 100 })
    const running = lease('a')
    ;(await load(0)).finish()
    const generation = await running
    const holds = await Promise.all([1, 2, 3].map(() => leaseWith('a', { takesSlot: false })))
    expect(engine.status('a')).toMatchObject({ busy: 1, waiting: 0 })
    generation[Symbol.dispose]()
    const other = codeOf(lease('b'))
    await settled()
    expect(log).toEqual(['load a'])
    for (const hold of holds) hold[Symbol.dispose]()
    ;(await load(1)).finish()
    expect(await other).toBe('ok')
    expect(log).toEqual(['load a', 'end a', 'load b'])
  })

  test('is not expired by its keep-alive while it is held', async () => {
    const { leaseWith, load, log, time } = start()
    const first = leaseWith('a', { takesSlot: false, keepAliveSeconds: 1 })
    ;(await load(0)).finish()
    const hold = await first
    time.pass(10)
    await settled()
    expect(log).toEqual(['load a'])
    hold[Symbol.dispose]()
    time.pass(1)
    await settled()
    expect(log).toEqual(['load a', 'end a'])
  })
})
