import { expect, test } from 'bun:test'
import type { ServerError } from '../core/errors.ts'
import { entry, settled, sized, startEngine } from './stepped-engine.fixture.ts'

/** Seconds: of a request and of a load at most, and what follows from it for the time that a model stays and computes. */
const run = 5
const load = 3
const stay = 4 * load
const turn = 10
const models = ['a', 'b', 'c', 'd']
const maxWaiting = 6
const sharesAtOnce = 4

/** As `fairShares` states it: the longest that a request may wait, while all of this is overloaded. */
const processor = (models.length - 1) * (turn + run)
const leaving = stay + 2 * maxWaiting * (run + processor)
const longestWait = leaving + models.length * (leaving + load) + load + maxWaiting * (run + processor)

const below = (limit: number) => Math.random() * limit
const pick = <T>(list: readonly T[]): T => list[Math.floor(below(list.length))] as T

/** An engine under requests that come at random times, and everything that was seen of it. */
function simulate(setting: { readonly memory: number; readonly threads: number; readonly failing?: number }) {
  const started = startEngine({ slots: 2, cores: 2, device: 'cpu', maxWaiting, ...setting })
  const { engine, loads, time, taken } = started
  let now = 0
  let known = 0
  const events: { readonly at: number; readonly happen: () => void }[] = []
  const after = (seconds: number, happen: () => void) => events.push({ at: now + seconds * 1000, happen })
  const seen = {
    served: 0,
    refused: new Map<string, number>(),
    waits: [] as number[],
    mostThreads: 0,
    mostBytes: 0,
    loading: 0,
  }
  const sizes = new Map(models.map((id, index) => [id, index === 3 ? 200 : 100]))
  const entryOf = (id: string) => entry(id, sized(sizes.get(id) ?? 100))
  const ask = (id: string, share: string) => {
    const asked = now
    const model = entryOf(id)
    const signal = new AbortController()
    const takesSlot = below(1) < 0.9
    engine.lease(model, { signal: signal.signal, share, takesSlot }).then(
      (lease) => {
        seen.served++
        seen.waits.push((now - asked) / 1000)
        after(below(run), () => lease[Symbol.dispose]())
      },
      (error: ServerError) => {
        const code = error.code ?? error.message
        seen.refused.set(code, (seen.refused.get(code) ?? 0) + 1)
        seen.waits.push((now - asked) / 1000)
      },
    )
    if (below(1) < 0.05) after(below(60), () => signal.abort(new Error('gone')))
  }
  const noteLoads = () => {
    for (; known < loads.length; known++) {
      const coming = loads[known]
      const seconds = below(load)
      seen.loading += seconds
      if (below(1) < (setting.failing ?? 0)) after(seconds, () => coming?.fail(new Error('no weights')))
      else after(seconds, () => coming?.finish())
    }
  }
  const noteThreads = () => {
    const busy = models.filter((id) => (engine.status(id) as { busy?: number }).busy)
    seen.mostThreads = Math.max(seen.mostThreads, busy.length * setting.threads)
  }
  /** Goes on for so long, or until nothing is left to happen. */
  const go = async (seconds: number) => {
    const end = now + seconds * 1000
    for (;;) {
      const next = Math.min(time.next(), ...events.map(({ at }) => at))
      if (next > end || next === Number.POSITIVE_INFINITY) break
      // A little later, or what is rounded down would never come to it.
      time.pass((next - now) / 1000 + 1e-9)
      now = time.clock.now()
      for (const event of events.filter(({ at }) => at <= now)) {
        events.splice(events.indexOf(event), 1)
        event.happen()
      }
      await settled()
      noteLoads()
      noteThreads()
      seen.mostBytes = Math.max(seen.mostBytes, taken())
    }
  }
  return { ...started, ask, after, go, seen, entryOf }
}

/** Has requests come for so long, then lets all of them end. Answers how many came. */
async function crowd({ ask, after, go }: ReturnType<typeof simulate>, count: number, share: (index: number) => string) {
  let asked = 0
  const arrive = () => {
    ask(pick(models), share(asked++))
    if (asked < count) after(below(2), arrive)
  }
  after(0, arrive)
  await go(1e9)
}

for (const [name, setting] of [
  ['there is memory for two of four models', { memory: 250, threads: 2 }],
  ['two models compute at once and loads fail', { memory: 300, threads: 1, failing: 0.1 }],
  ['all models are in memory and take turns', { memory: 1000, threads: 2 }],
] as const)
  test(`every request is served or refused within the stated time, where ${name}`, async () => {
    const simulation = simulate(setting)
    const { seen } = simulation
    const count = 4000
    const shares = ['x', 'x', 'x', 'y', 'z', 'w'].slice(0, sharesAtOnce + 2)
    await crowd(simulation, count, () => pick(shares))
    expect(seen.served + [...seen.refused.values()].reduce((sum, refused) => sum + refused, 0)).toBe(count)
    expect(seen.served).toBeGreaterThan(count / 20)
    expect(Math.max(...seen.waits)).toBeLessThanOrEqual(longestWait)
    expect(seen.mostThreads).toBeLessThanOrEqual(2)
  })

test('every request, load and unload ends, and the limit is kept, while people load, pin, cut and unload what others use', async () => {
  const simulation = simulate({ memory: 250, threads: 2, failing: 0.05 })
  const { seen, engine, after } = simulation
  const asked = { loads: 0, unloads: 0 }
  const ended = { loads: 0, unloads: 0 }
  const people = () => {
    const id = pick(models)
    const signal = new AbortController()
    if (below(1) < 0.2) after(below(20), () => signal.abort(new Error('never mind')))
    if (below(1) < 0.5) {
      const options = { contextSize: pick([64, 128]), gpuLayers: 0, slots: 2, threads: 2 }
      const model = { ...simulation.entryOf(id), load: options, isPinned: id === 'a' && below(1) < 0.5 }
      asked.loads++
      void engine.load(model, { signal: signal.signal }).then(
        () => ended.loads++,
        () => ended.loads++,
      )
    } else {
      asked.unloads++
      void engine.unload(id, { running: pick(['wait', 'cut']), signal: signal.signal }).then(
        () => ended.unloads++,
        () => ended.unloads++,
      )
    }
  }
  const count = 2000
  for (let index = 0; index < 400; index++) after(below(count), people)
  await crowd(simulation, count, () => pick(['x', 'y', 'z']))
  expect(ended).toEqual(asked)
  expect(seen.served + [...seen.refused.values()].reduce((sum, refused) => sum + refused, 0)).toBe(count)
  expect(seen.served).toBeGreaterThan(count / 20)
  expect(seen.mostBytes).toBeGreaterThan(150)
  expect(seen.mostBytes).toBeLessThanOrEqual(250)
})

test('two models that want each other’s memory are loaded no more often than pays', async () => {
  const simulation = simulate({ memory: 100, threads: 0 })
  const { ask, after, go, seen, log } = simulation
  for (const id of ['a', 'b'])
    for (let index = 0; index < 2000; index++) after(index / 2, () => ask(id, index % 2 ? 'x' : 'y'))
  await go(1000)
  expect(log.filter((line) => line.startsWith('load')).length).toBeGreaterThan(10)
  expect(seen.loading).toBeLessThan(1000 / 4)
})

test('a share whose rivals are new each time is served all the same', async () => {
  const { ask, after, go, engine, leaseWith, loads } = simulate({ memory: 100, threads: 0 })
  // It has had much of the model, so that all that are new go before it.
  const long = leaseWith('a', { share: 'old' })
  await go(0)
  loads[0]?.finish()
  const had = await long
  after(500, () => had[Symbol.dispose]())
  let served = 0
  for (let index = 0; index < 1000; index++) after(499 + index / 5, () => ask('a', `new${index}`))
  after(499.1, () => void leaseWith('a', { share: 'old' }).then(() => served++))
  await go(700)
  expect(engine.status('a')).toMatchObject({ state: 'ready' })
  expect(served).toBe(1)
})
