import { describe, expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import { changedOptions } from './changed-options.ts'
import { accountOf } from './memory-account.ts'
import { codeOf, entry, never, settled, sized, startEngine } from './stepped-engine.fixture.ts'

const lack = (model: string) =>
  new ServerError('model_load_failed', { model, problem: 'failed to allocate buffer', lacksMemory: true })
const onGpu = (id: string, bytes = 100) =>
  entry(id, { ...sized(bytes), load: { contextSize: 'auto', gpuLayers: -1, slots: 2, threads: 1 } })
const errorOf = (promise: Promise<unknown>) => promise.then(String, (error: ServerError) => error)

describe('the memory that models may take', () => {
  test('is limited however much the machine has, and what is unused longest makes room', async () => {
    const { bringIn, engine, log, taken } = startEngine({ memory: 10_000, limit: 250 })
    await bringIn(entry('a'))
    await bringIn(entry('b'))
    expect(engine.memory()).toEqual({
      free: { mainBytes: 50, deviceBytes: 0 },
      total: { mainBytes: 250, deviceBytes: 0 },
    })
    expect(await bringIn(entry('c'))).toMatchObject({ evicted: ['a'] })
    expect(log).toEqual(['load a', 'load b', 'end a', 'load c'])
    expect(taken()).toBe(200)
  })

  test('is less than the limit where the machine has less', async () => {
    const { bringIn, engine } = startEngine({ memory: 300, limit: 1000 })
    await bringIn(entry('a'))
    expect(engine.memory()).toMatchObject({ free: { mainBytes: 200 }, total: { mainBytes: 300 } })
  })

  test('spares a small model that would not help', async () => {
    const { bringIn } = startEngine({ memory: 300 })
    await bringIn(entry('small', sized(50)))
    await bringIn(entry('large', sized(200)))
    expect(await bringIn(entry('next', sized(250)))).toMatchObject({ evicted: ['large'] })
  })

  test('counts what a model was measured to take, where that is more than was expected', async () => {
    const measured = new Map([['a', 180]])
    const { bringIn, engine } = startEngine({ memory: 10_000, limit: 300, measured: (id) => measured.get(id) })
    await bringIn(entry('a'))
    expect(engine.memory().free.mainBytes).toBe(120)
    expect(engine.residents()).toMatchObject([{ measuredBytes: 180, estimate: { mainBytes: 100 } }])
    await bringIn(entry('b'))
    // It may come to what was expected at any time.
    measured.set('b', 30)
    expect(engine.memory().free.mainBytes).toBe(20)
    expect(await bringIn(entry('c'))).toMatchObject({ evicted: ['a'] })
  })

  test('is told to each load: what the others leave', async () => {
    const { bringIn, loads } = startEngine({ memory: 10_000, limit: 250, deviceMemory: 500 })
    await bringIn(entry('a'))
    await bringIn(entry('b'))
    await bringIn(entry('c'))
    expect(loads.map(({ room }) => room?.mainBytes)).toEqual([250, 150, 150])
    expect(loads[0]?.room?.deviceBytes).toBe(500)
  })

  test('of the GPUs is another one: a model in main memory does not help one that needs a GPU', async () => {
    const { bringIn, engine, loadModel } = startEngine({ memory: 300, deviceMemory: 250 })
    await bringIn(entry('cpu'))
    await bringIn(onGpu('g'))
    await bringIn(onGpu('h'))
    expect(engine.memory().free).toEqual({ mainBytes: 200, deviceBytes: 50 })
    expect(await bringIn(onGpu('i'))).toMatchObject({ evicted: ['g'] })
    const error = await errorOf(loadModel(onGpu('huge', 400)))
    expect(error).toMatchObject({
      code: 'model_does_not_fit',
      facts: { isDevice: true, needBytes: 400, freeBytes: 250 },
    })
  })

  test('of GPUs that nobody knows refuses nothing', async () => {
    const { bringIn, engine } = startEngine()
    await bringIn(onGpu('g', 1e12))
    expect(engine.memory().free.deviceBytes).toBe(0)
  })
})

describe('a pinned model', () => {
  test('stays whoever else wants its memory, and the refusal names it', async () => {
    const { bringIn, loadModel, lease, log, events } = startEngine({ memory: 300 })
    await bringIn(entry('stays', { ...sized(200), isPinned: true }))
    await bringIn(entry('goes'))
    const error = await errorOf(loadModel(entry('big', sized(150))))
    expect(error).toMatchObject({
      code: 'model_does_not_fit',
      facts: { needBytes: 150, freeBytes: 100, totalBytes: 300, heldBy: [{ model: 'stays', bytes: 200 }] },
    })
    expect(events.at(-1)).toMatchObject({ type: 'refused', model: 'big' })
    expect(log).toEqual(['load stays', 'load goes'])
    expect(await codeOf(lease('goes'))).toBe('ok')
  })

  test('is not waited for, but one in use that is not pinned is', async () => {
    const { bringIn, engine, lease, load } = startEngine({ memory: 300 })
    await bringIn(entry('stays', { isPinned: true }))
    await bringIn(entry('used'))
    const using = await lease('used')
    const waiting = engine.lease(entry('big', sized(200)), { signal: never() })
    await settled()
    using[Symbol.dispose]()
    ;(await load(2)).finish()
    expect((await waiting).model.model.id).toBe('big')
    expect(engine.residents().map(({ entry }) => entry.id)).toEqual(['big', 'stays'])
  })

  test('leaves when somebody unloads it, and then makes room', async () => {
    const { bringIn, lease, unload, loadModel, load } = startEngine({ memory: 100 })
    await bringIn(entry('stays', { isPinned: true }))
    const using = await lease('stays')
    const unloading = unload('stays')
    const asked = loadModel(entry('next'))
    await settled()
    using[Symbol.dispose]()
    await unloading
    ;(await load(1)).finish()
    expect(await asked).toMatchObject({ outcome: 'loaded' })
  })

  test('is not expired, and keeps no clock running', async () => {
    const { bringIn, time, log } = startEngine({ keepAliveSeconds: 1 })
    await bringIn(entry('stays', { isPinned: true }))
    expect(time.waiting()).toBe(0)
    time.pass(1e6)
    await settled()
    expect(log).toEqual(['load stays'])
  })
})

describe('how long a model stays', () => {
  for (const [what, more, setting, seconds] of [
    ['its entry says', { keepAliveSeconds: 5 }, { keepAliveSeconds: 50 }, 5],
    ['the server says', {}, { keepAliveSeconds: 50 }, 50],
  ] as const)
    test(`is what ${what} where a request says nothing`, async () => {
      const { bringIn, engine, time, log } = startEngine(setting)
      await bringIn(entry('a', more))
      ;(await engine.lease(entry('a', more), { signal: never() }))[Symbol.dispose]()
      time.pass(seconds - 1)
      await settled()
      expect(log).toEqual(['load a'])
      time.pass(1)
      await settled()
      expect(log).toEqual(['load a', 'end a'])
    })

  test('0: a model that was loaded for nobody leaves as soon as it is there', async () => {
    const { bringIn, engine, log, events } = startEngine({ keepAliveSeconds: 0 })
    expect(await bringIn(entry('a'))).toMatchObject({ outcome: 'loaded' })
    await settled()
    expect(log).toEqual(['load a', 'end a'])
    expect(engine.residents()).toEqual([])
    expect(events.at(-1)).toEqual({ type: 'left', model: 'a', why: 'idle' })
  })
})

describe('memory that was said to be there and was not', () => {
  test('is tried once more when the unused models have left', async () => {
    const { bringIn, lease, loadModel, load, log, events } = startEngine({ memory: 1000 })
    await bringIn(entry('idle'))
    await bringIn(entry('pinned', { isPinned: true }))
    await bringIn(entry('used'))
    await lease('used')
    const asked = loadModel(entry('a'))
    ;(await load(3)).fail(lack('a'))
    ;(await load(4)).finish()
    expect(await asked).toMatchObject({ outcome: 'loaded', evicted: ['idle'] })
    expect(log.slice(3)).toEqual(['load a', 'end idle', 'load a'])
    expect(events.filter(({ type }) => type === 'failed')).toEqual([])
  })

  test('fails the second time, with the numbers where they say why', async () => {
    const measured = new Map<string, number>()
    const { bringIn, lease, loadModel, load, engine } = startEngine({
      memory: 10_000,
      limit: 400,
      measured: (id) => measured.get(id),
    })
    await bringIn(entry('idle'))
    await bringIn(entry('used'))
    await lease('used')
    const asked = errorOf(loadModel(entry('a')))
    ;(await load(2)).fail(lack('a'))
    const second = await load(3)
    measured.set('used', 350)
    second.fail(lack('a'))
    expect(await asked).toMatchObject({
      code: 'model_does_not_fit',
      facts: { needBytes: 100, problem: 'failed to allocate buffer' },
    })
    expect(engine.status('a').state).toBe('failed')
  })

  test('fails at once, and as the runtime says it, where nothing is unused and the numbers say nothing', async () => {
    const { loadModel, load, log } = startEngine()
    const asked = codeOf(loadModel(entry('a')))
    ;(await load(0)).fail(lack('a'))
    expect(await asked).toBe('model_load_failed')
    expect(log).toEqual(['load a'])
  })

  test('takes nobody away for a load that failed for another reason', async () => {
    const { bringIn, loadModel, load, log } = startEngine()
    await bringIn(entry('idle'))
    const asked = codeOf(loadModel(entry('a')))
    ;(await load(1)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'no weights' }))
    expect(await asked).toBe('model_load_failed')
    expect(log).toEqual(['load idle', 'load a'])
  })
})

test('what the models have taken is not missing twice, and what they may still take is kept for them', () => {
  const use = (mainBytes: number, measured?: number) => ({
    entry: entry('a'),
    state: 'ready',
    estimate: { mainBytes, deviceBytes: 0 },
    loaded: { memoryBytes: () => measured },
  })
  // 500 are left beside one that has taken 60 of its 100 and one that has taken all of its 200, as far as is known.
  const { free, total } = accountOf([use(100, 60), use(200)], { availableBytes: () => 500 })
  expect([free.mainBytes, total.mainBytes]).toEqual([460, 760])
  // What is mapped from a file is available to the system, but not to other models.
  const mapped = { ...use(100, 100), loaded: { memoryBytes: () => 100, reclaimableBytes: () => 80 } }
  expect(accountOf([mapped], { availableBytes: () => 500 }).free.mainBytes).toBe(420)
  const loading = { entry: entry('b'), state: 'loading', estimate: { mainBytes: 70, deviceBytes: 0 } }
  expect(accountOf([loading], { availableBytes: () => 500 }).free.mainBytes).toBe(430)
})

test('states of prompts are not missing twice, and those that may still come keep no other model out but by a limit', () => {
  const use = (stateBytes: number) => ({
    entry: entry('a'),
    state: 'ready',
    estimate: { mainBytes: 100, deviceBytes: 0, stateBytes: 50 },
    loaded: { memoryBytes: () => 60, facts: { stateBytes } },
  })
  // They are in none of the model's processes, but the machine's figure is without them.
  const free = (stateBytes: number, limitBytes?: number) =>
    accountOf([use(stateBytes)], { availableBytes: () => 500 - stateBytes, ...(limitBytes && { limitBytes }) }).free
  expect(free(0).mainBytes).toBe(460)
  expect(free(30).mainBytes).toBe(430)
  expect([free(0, 400).mainBytes, free(30, 400).mainBytes]).toEqual([250, 250])
  const account = accountOf([use(30)], { availableBytes: () => 470 })
  expect(account.freeWithout(['a'])).toEqual({ mainBytes: 560, deviceBytes: Number.POSITIVE_INFINITY })
})

test('a GPU has no more than it has, also where a model has come since it was read', () => {
  const use = {
    entry: entry('g'),
    state: 'ready',
    estimate: { mainBytes: 0, deviceBytes: 60 },
    loaded: { memoryBytes: () => 0 },
  }
  const standing = (freeBytes: number) =>
    accountOf([use], { availableBytes: () => 0, deviceMemory: () => ({ totalBytes: 100, freeBytes }) })
  expect(standing(90).free.deviceBytes).toBe(40)
  expect(standing(20).free.deviceBytes).toBe(20)
})

test('options are the same however they are ordered, and different in what they hold', () => {
  const draft = { path: '/d', contextSize: 5, gpuLayers: 0 } as const
  const before = { contextSize: 'auto', gpuLayers: 0, slots: 2, threads: 1, draft } as const
  expect(changedOptions(before, { ...before, draft: { gpuLayers: 0, path: '/d', contextSize: 5 } })).toEqual([])
  expect(changedOptions(before, { ...before, slots: 3, draft: { ...draft, contextSize: 6 } })).toEqual([
    'draft',
    'slots',
  ])
  expect(changedOptions(before, { ...before, adapters: [{ path: '/l', scale: 1 }] })).toEqual(['adapters'])
})
