import { describe, expect, test } from 'bun:test'
import { codeOf, entry, settled, startEngine } from './stepped-engine.fixture.ts'

describe('a model that is to be kept for a while', () => {
  test('leaves the memory when nothing has used it for so long, and is loaded again by the next request', async () => {
    const { leaseWith, load, log, time, engine } = startEngine()
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
    const { leaseWith, load, log, time } = startEngine()
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
    const { leaseWith, load, log, engine } = startEngine({ slots: 1 })
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
    const { leaseWith, load, log } = startEngine({ memory: 100 })
    const first = leaseWith('a', { keepAliveSeconds: 0 })
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    const second = leaseWith('a', {})
    ;(await load(1)).finish()
    await second
    expect(log).toEqual(['load a', 'end a', 'load a'])
  })

  test('what comes while it leaves and dies on the way waits for its end, and is served by one new load', async () => {
    const ending = Promise.withResolvers<void>()
    const { leaseWith, load, loads, log, engine } = startEngine({ ending: ending.promise })
    const first = leaseWith('a', { keepAliveSeconds: 0 })
    ;(await load(0)).finish()
    ;(await first)[Symbol.dispose]()
    const second = leaseWith('a', {})
    loads[0]?.die('killed by SIGKILL')
    await settled()
    expect(log).toEqual(['load a', 'end a'])
    ending.resolve()
    ;(await load(1)).finish()
    await second
    expect(log).toEqual(['load a', 'end a', 'load a'])
    expect(engine.status('a')).toMatchObject({ state: 'ready', busy: 1 })
  })

  /** An idle model that is kept for 10 seconds and a busy one; both are in the way of the one that is waited for. */
  async function startCrowded() {
    const started = startEngine({ memory: 200 })
    const { engine, leaseWith, load } = started
    const idle = leaseWith('a', { keepAliveSeconds: 10 })
    ;(await load(0)).finish()
    ;(await idle)[Symbol.dispose]()
    const busy = leaseWith('c', {})
    ;(await load(1)).finish()
    const big = { ...entry('big'), header: { architecture: 'fake', tensorBytes: 200 } }
    return { ...started, busy: await busy, waiting: engine.lease(big, { signal: new AbortController().signal }) }
  }

  test('leaves in time where it has to make room for a model that others are still in the way of', async () => {
    const { busy, waiting, load, log, time } = await startCrowded()
    time.pass(10)
    await settled()
    expect(log).toEqual(['load a', 'load c', 'end a'])
    busy[Symbol.dispose]()
    ;(await load(2)).finish()
    await waiting
    expect(log).toEqual(['load a', 'load c', 'end a', 'end c', 'load big'])
  })

  test('orders no look for a time that is over, whatever keeps the model', async () => {
    const { leaseWith, log, time } = await startCrowded()
    void leaseWith('a', {})
    time.pass(10)
    await settled()
    expect(log).toEqual(['load a', 'load c'])
    expect(time.waiting()).toBe(0)
  })

  test('a drained engine orders no more looks', async () => {
    const { leaseWith, load, engine, time } = startEngine()
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
    const { leaseWith, lease, load, log, engine } = startEngine({ slots: 1, maxWaiting: 0, memory: 100 })
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
    const { leaseWith, load, log, time } = startEngine()
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
