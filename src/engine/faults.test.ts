import { describe, expect, test } from 'bun:test'
import { codeOf, entry, never, settled, sized, startEngine, withLoad } from './stepped-engine.fixture.ts'

describe('a server that stops', () => {
  test('is waited for by everybody who stops it', async () => {
    const { engine, bringIn, lease } = startEngine()
    await bringIn(entry('a'))
    const held = await lease('a')
    const drained = Promise.all([engine.drain(never()), engine.drain(never())])
    held[Symbol.dispose]()
    expect(await drained).toHaveLength(2)
  })
})

describe('a load', () => {
  test('that is given up while others make room for it is not begun', async () => {
    const ending = Promise.withResolvers<void>()
    const { bringIn, loadModel, log, engine } = startEngine({ memory: 100, ending: ending.promise })
    await bringIn(entry('idle'))
    const signal = new AbortController()
    const asked = codeOf(loadModel(entry('a'), { signal: signal.signal }))
    await settled()
    signal.abort(new Error('gone'))
    expect(await asked).toBe('gone')
    ending.resolve()
    await settled()
    expect(log).toEqual(['load idle', 'end idle'])
    expect(engine.residents()).toEqual([])
  })

  test('tells which options have changed, also where somebody else had the last word', async () => {
    const { bringIn, lease, loadModel, load } = startEngine()
    await bringIn(entry('a'))
    const held = await lease('a')
    const first = loadModel(withLoad(entry('a'), { contextSize: 64 }))
    const last = loadModel(entry('a'))
    held[Symbol.dispose]()
    ;(await load(1)).finish()
    expect((await first).changed).toEqual([])
    expect((await last).changed).toEqual([])
  })
})

describe('a model whose process died', () => {
  test('is pinned again where it was', async () => {
    const { bringIn, lease, load, engine } = startEngine()
    await bringIn(entry('a'), { isPinned: true })
    ;(await load(0)).die('signal SIGSEGV')
    await settled()
    const again = lease('a')
    ;(await load(1)).finish()
    await again
    expect(engine.residents()).toMatchObject([{ isPinned: true }])
  })

  /** Two models, of which one died while the other was idle, and a request for it. */
  async function afterDeath(memory: number, lacksMemory: boolean) {
    const started = startEngine({ memory })
    const { bringIn, lease, load } = started
    await bringIn(entry('idle'))
    await bringIn(entry('a'))
    const held = await lease('a')
    ;(await load(1)).die('signal SIGKILL', lacksMemory)
    await settled()
    held[Symbol.dispose]()
    const again = lease('a')
    ;(await load(2)).finish()
    await again
    return started
  }

  test('for want of memory is loaded again once idle models have left: beside them it would die again', async () => {
    const { log, events } = await afterDeath(250, true)
    expect(log).toEqual(['load idle', 'load a', 'end idle', 'load a'])
    expect(events).toContainEqual({ type: 'left', model: 'idle', why: 'room' })
  })

  test('sends nobody away where there is memory in plenty, or where it died of something else', async () => {
    expect((await afterDeath(1000, true)).log).toEqual(['load idle', 'load a', 'load a'])
    expect((await afterDeath(250, false)).log).toEqual(['load idle', 'load a', 'load a'])
  })

  test('again and again is tried less and less often, and no other model leaves for that', async () => {
    const { bringIn, engine, lease, loads, load, time, log } = startEngine({ memory: 300 })
    await bringIn(entry('used'))
    await lease('used')
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      const held = lease('a')
      const coming = await load(loads.length === round + 1 ? round + 1 : loads.length - 1)
      coming.finish()
      await held
      coming.die('signal SIGKILL', true)
      await settled()
      const status = engine.status('a')
      waits.push(status.state === 'failed' ? status.retrySeconds : -1)
      time.pass(waits.at(-1) ?? 0)
    }
    expect(waits).toEqual([0, 1, 2, 5, 15, 60])
    expect(log.filter((line) => line.startsWith('end'))).toEqual([])
  })
})

describe('a GPU', () => {
  test('is not full of what left since it was read', async () => {
    const onGpu = (id: string, bytes: number) => withLoad(entry(id, sized(bytes)), { gpuLayers: -1 })
    const deviceReading = { totalBytes: 250, freeBytes: 230 }
    const { bringIn, loads, engine } = startEngine({ deviceReading })
    // 20 are others'.
    await bringIn(onGpu('g', 200))
    Object.assign(deviceReading, { freeBytes: 30 })
    expect(await bringIn(onGpu('h', 220))).toMatchObject({ evicted: ['g'] })
    expect(loads[1]?.room?.deviceBytes).toBe(230)
    expect(engine.memory().free.deviceBytes).toBe(10)
  })
})
