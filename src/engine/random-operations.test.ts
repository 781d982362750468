import { expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import { entry, settled, sized, startEngine, withLoad } from './stepped-engine.fixture.ts'

const limit = 250
const deviceMemory = 200
const below = (most: number) => Math.random() * most
const pick = <T>(list: readonly T[]): T => list[Math.floor(below(list.length))] as T
const happens = (chance: number) => below(1) < chance

/** Two for main memory, one for either, one for GPUs. */
const models = [
  entry('a'),
  entry('b', sized(120)),
  entry('c', sized(200)),
  withLoad(entry('g', sized(120)), { gpuLayers: 9 }),
  withLoad(entry('h', sized(150)), { gpuLayers: 9 }),
]
const lack = (model: string) =>
  new ServerError('model_load_failed', { model, problem: 'out of memory', lacksMemory: true })

/** An engine, and a world in which everything takes its time and anything may fail. */
function world() {
  const pending: { readonly at: number; readonly happen: () => void }[] = []
  let now = 0
  const after = (seconds: number, happen: () => void) => pending.push({ at: now + seconds * 1000, happen })
  const later = (seconds: number) => new Promise<void>((resolve) => after(seconds, resolve))
  const inUse = new Map<unknown, number>()
  const broken: string[] = []
  const started = startEngine({
    ...{ memory: 10_000, limit, deviceMemory, maxWaiting: 6, cores: 2, threads: 1, device: 'cpu' },
    ending(id) {
      const model = events.findLast((event) => event.type === 'ready' && event.model === id)
      const isCut = log.at(-2)?.startsWith(`cut ${id} `)
      const used = model?.type === 'ready' ? (inUse.get(model.loaded) ?? 0) : 0
      if (used > 0 && !isCut && !isStopping) broken.push(`${id} left while it was used`)
      return later(below(3))
    },
  })
  const { engine, events, log, loads, time } = started
  let isStopping = false
  let known = 0
  /** Loads take their time; some fail, and some processes die later on, also while they leave. */
  const noteLoads = () => {
    for (; known < loads.length; known++) {
      const load = loads[known]
      if (!load) continue
      const seconds = below(4)
      const end = (happen: () => void) => {
        log.push(`gone ${load.id}`)
        happen()
      }
      const fate = below(1)
      if (fate < 0.1) after(seconds, () => end(() => load.fail(new Error('no weights'))))
      else if (fate < 0.2) after(seconds, () => end(() => load.fail(lack(load.id))))
      else after(seconds, load.finish)
      if (fate > 0.85) after(seconds + below(60), () => end(() => load.die('signal SIGKILL', happens(0.5))))
    }
  }
  const check = () => {
    const sum = { main: 0, device: 0 }
    for (const { entry, facts, estimate, busy, held, waiting } of engine.residents()) {
      // As long as others make room for it, it takes nothing.
      if (!facts && !hasBegun(entry.id)) continue
      sum.main += estimate.mainBytes
      sum.device += estimate.deviceBytes
      if (Math.min(busy, held, waiting) < 0) broken.push('a count below nothing')
    }
    if (sum.main > limit || sum.device > deviceMemory) broken.push(`${sum.main} and ${sum.device} bytes`)
  }
  const hasBegun = (id: string) =>
    log.lastIndexOf(`load ${id}`) >
    Math.max(...['end', 'gone', 'give up'].map((how) => log.lastIndexOf(`${how} ${id}`)))
  /** Goes on for so long, or until nothing is left to happen. */
  const go = async (seconds: number) => {
    const end = now + seconds * 1000
    await settled()
    for (;;) {
      const next = Math.min(time.next(), ...pending.map(({ at }) => at))
      if (next > end || next === Number.POSITIVE_INFINITY) break
      // A little later, or what is rounded down would never come to it.
      time.pass((next - now) / 1000 + 1e-9)
      now = time.clock.now()
      for (const event of pending.filter(({ at }) => at <= now)) {
        pending.splice(pending.indexOf(event), 1)
        event.happen()
      }
      await settled()
      noteLoads()
      check()
    }
  }
  const stop = () => {
    isStopping = true
  }
  return { ...started, after, go, inUse, broken, stop, noteLoads }
}

/** Does something that people and clients do, and counts what was asked and what has ended. */
function operations(parts: ReturnType<typeof world>) {
  const { engine, after, inUse, broken } = parts
  const count = { asked: 0, ended: 0 }
  const follow = (promise: Promise<unknown>) => {
    count.asked++
    const end = () => void count.ended++
    promise.then(end, end)
  }
  const signal = (chance: number) => {
    const controller = new AbortController()
    if (happens(chance)) after(below(15), () => controller.abort(new Error('never mind')))
    return controller.signal
  }
  const use = async () => {
    const keepAliveSeconds = pick([undefined, 0, 5, 60, Number.POSITIVE_INFINITY])
    const call = { signal: signal(0.1), takesSlot: happens(0.8), share: pick(['x', 'y', 'z']) }
    const lease = await engine.lease(pick(models), {
      ...call,
      ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    })
    const { model } = lease
    inUse.set(model, (inUse.get(model) ?? 0) + 1)
    after(below(8), () => {
      inUse.set(model, (inUse.get(model) ?? 0) - 1)
      lease[Symbol.dispose]()
      // Whoever gives back twice gives back once.
      if (happens(0.1)) lease[Symbol.dispose]()
    })
  }
  const load = async () => {
    const model = withLoad(pick(models), { contextSize: pick([64, 128, 'auto']) })
    const isPinned = pick([undefined, undefined, true, false])
    const request = { signal: signal(0.3), keepAliveSeconds: pick([0, 10, 600]) }
    const { changed, outcome } = await engine.load(model, { ...request, ...(isPinned !== undefined && { isPinned }) })
    if (outcome === 'unchanged' && changed.length > 0) broken.push('unchanged, with other options')
  }
  const unload = () => engine.unload(pick(models).id, { running: pick(['wait', 'wait', 'cut']), signal: signal(0.3) })
  const any = () => {
    const chance = below(1)
    follow(chance < 0.75 ? use() : chance < 0.87 ? load() : unload())
    if (happens(0.01)) engine.warm(pick(models))
  }
  return { any, count }
}

test('10,000 requests, loads and unloads at random all end, within both limits, and nothing is left of them', async () => {
  const parts = world()
  const { any, count } = operations(parts)
  let done = 0
  const next = () => {
    any()
    if (++done < 10_000) parts.after(happens(0.05) ? below(20) : below(0.8), next)
  }
  parts.after(0, next)
  await parts.go(1e9)
  expect(parts.broken).toEqual([])
  expect(count).toEqual({ asked: 10_000, ended: 10_000 })
  expect(parts.log.filter((line) => line.startsWith('end ')).length).toBeGreaterThan(100)
  const unpinned = Promise.all(
    models.map(({ id }) => parts.engine.unload(id, { running: 'wait', signal: new AbortController().signal })),
  )
  await parts.go(1e9)
  await unpinned
  expect(parts.engine.residents()).toEqual([])
  expect(parts.engine.memory()).toEqual({
    free: { mainBytes: limit, deviceBytes: deviceMemory },
    total: { mainBytes: limit, deviceBytes: deviceMemory },
  })
  expect([parts.taken(), parts.time.waiting()]).toEqual([0, 0])
  await parts.engine.drain(AbortSignal.abort())
})

test('a server that stops at any moment ends everything', async () => {
  for (let round = 0; round < 100; round++) {
    const parts = world()
    const { any, count } = operations(parts)
    const moment = below(40)
    for (let index = 0; index < 60; index++) parts.after(below(45), any)
    await parts.go(moment)
    const patience = new AbortController()
    parts.stop()
    let isOver = false
    const drained = parts.engine.drain(patience.signal).then(() => {
      isOver = true
    })
    if (happens(0.5)) parts.after(below(5), () => patience.abort())
    await parts.go(1e9)
    expect(isOver).toBe(true)
    await drained
    expect(count.ended).toBe(count.asked)
    expect([parts.taken(), parts.time.waiting()]).toEqual([0, 0])
  }
})
