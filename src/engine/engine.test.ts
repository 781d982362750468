import { describe, expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import type { WaitState } from './engine.ts'
import { codeOf, entry, settled, startEngine } from './stepped-engine.fixture.ts'

/** What a promise has resolved with once all that was under way has happened; undefined where it has not. */
const started = <T>(promise: Promise<T>) => Promise.race([promise, settled().then(() => undefined)])

describe('engine', () => {
  test('loads a model once for all who ask for it, and runs no more than its slots', async () => {
    const { lease, loads, engine, load } = startEngine()
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
    const { lease, load } = startEngine({ slots: 1, maxWaiting: 1 })
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
    const { lease, load } = startEngine({ slots: 1, maxWaiting: 0 })
    const first = lease('a')
    expect(await codeOf(lease('a'))).toBe('queue_full')
    ;(await load(0)).finish()
    expect((await first).model.model.id).toBe('a')
    expect(await codeOf(lease('a'))).toBe('queue_full')
  })

  test('who leaves the queue is never started', async () => {
    const { lease, engine, load } = startEngine({ slots: 1 })
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
    const { lease, engine, load } = startEngine({ slots: 2, memory: 100 })
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
    const { lease, loads, engine, load } = startEngine()
    const waiting = [codeOf(lease('a')), codeOf(lease('a'))]
    ;(await load(0)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'no weights' }))
    expect(await Promise.all(waiting)).toEqual(['model_load_failed', 'model_load_failed'])
    expect(await codeOf(lease('a'))).toBe('model_load_failed')
    expect(engine.status('a')).toMatchObject({ state: 'failed', retrySeconds: 1 })
    expect(loads.length).toBe(1)
  })

  test('a model that died is loaded again at the next request', async () => {
    const { lease, engine, load } = startEngine()
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
    const { lease, log, load } = startEngine({ memory: 100 })
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

  for (const [loadSeconds, staySeconds] of [
    [2, 8],
    [100, 60],
  ] as const)
    test(`a wanted model that took ${loadSeconds} s to load makes room after ${staySeconds} s, and not before`, async () => {
      const { lease, load, log, time } = startEngine({ slots: 1, memory: 100 })
      const first = lease('a')
      const loading = await load(0)
      time.pass(loadSeconds)
      loading.finish()
      const running = await first
      const other = lease('b')
      const [younger, youngest] = [lease('a'), lease('a')]
      time.pass(staySeconds - 0.5)
      running[Symbol.dispose]()
      const next = await started(younger)
      expect(next).toBeDefined()
      time.pass(0.5)
      next?.[Symbol.dispose]()
      ;(await load(1)).finish()
      expect(await other).toMatchObject({ model: { model: { id: 'b' } } })
      expect(log).toEqual(['load a', 'end a', 'load b'])
      expect(await started(youngest)).toBeUndefined()
    })

  test('refuses at once what can never fit', async () => {
    const { lease, loads } = startEngine({ memory: 50 })
    expect(await codeOf(lease('a'))).toBe('model_does_not_fit')
    expect(loads.length).toBe(0)
  })

  test('a default model that can never fit is not loaded at the start, and the status says why', async () => {
    const { engine, lease, loads } = startEngine({ memory: 50 })
    engine.warm(entry('a'))
    expect(engine.status('a')).toMatchObject({ state: 'failed', problem: expect.stringContaining('of memory') })
    expect(await codeOf(lease('a'))).toBe('model_does_not_fit')
    expect(loads.length).toBe(0)
  })

  test('tells those who wait where they are', async () => {
    const { lease, load } = startEngine({ slots: 1 })
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
    const { lease, log, engine, load } = startEngine({ slots: 1 })
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
    const { lease, log, engine, load } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    await engine.drain(AbortSignal.abort())
    expect(log).toEqual(['load a', 'end a'])
  })
})
