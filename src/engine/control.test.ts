import { describe, expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import { codeOf, entry, never, settled, sized, startEngine, withLoad } from './stepped-engine.fixture.ts'

describe('a load that somebody asks for', () => {
  test('brings the model in, tells how it goes on, and leaves all of its slots free', async () => {
    const { loadModel, load, engine } = startEngine()
    const told: number[] = []
    const loading = loadModel(entry('a'), { onProgress: (fraction) => told.push(fraction) })
    const coming = await load(0)
    coming.progress(0.5)
    coming.finish()
    expect(await loading).toMatchObject({ outcome: 'loaded', evicted: [], changed: [], facts: { slots: 2 } })
    expect(told).toEqual([0, 0.5])
    expect(engine.residents()).toMatchObject([{ entry: { id: 'a' }, state: 'ready', busy: 0, held: 0, waiting: 0 }])
  })

  test('says how long it took and who made room, and that a model was there already', async () => {
    const { loadModel, load, bringIn, time, log } = startEngine({ memory: 200 })
    await bringIn(entry('a'))
    await bringIn(entry('b'))
    const loading = loadModel(entry('c'))
    const coming = await load(2)
    time.pass(3)
    coming.finish()
    expect(await loading).toMatchObject({ outcome: 'loaded', seconds: 3, evicted: ['a'] })
    expect(await loadModel(entry('c'))).toMatchObject({ outcome: 'unchanged', seconds: 0, evicted: [], changed: [] })
    expect(log).toEqual(['load a', 'load b', 'end a', 'load c'])
  })

  test('with other options waits for the running requests, and those that come meanwhile get the new load', async () => {
    const { lease, loadModel, load, loads, log, engine, events } = startEngine({ slots: 2 })
    const running = lease('a')
    ;(await load(0)).finish()
    const held = await running
    const loading = loadModel(withLoad(entry('a'), { contextSize: 64, slots: 4 }))
    const late = lease('a')
    await settled()
    expect(log).toEqual(['load a'])
    expect(engine.residents()).toMatchObject([{ state: 'ready', busy: 1, waiting: 2 }])
    held[Symbol.dispose]()
    ;(await load(1)).finish()
    expect(await loading).toMatchObject({ outcome: 'reloaded', changed: ['contextSize', 'slots'] })
    expect((await late).model.model.id).toBe('a')
    expect(log).toEqual(['load a', 'end a', 'load a'])
    expect(loads[1]?.entry.load).toMatchObject({ contextSize: 64, slots: 4 })
    const told = events.map((event): string => ('why' in event ? event.why : event.type))
    expect(told).toEqual(['loading', 'ready', 'reload', 'loading', 'ready'])
  })

  test('a request whose entry has other options takes the model as it is', async () => {
    const { engine, bringIn, log } = startEngine()
    await bringIn(entry('a'))
    await engine.lease(withLoad(entry('a'), { contextSize: 64 }), { signal: never() })
    expect(log).toEqual(['load a'])
  })

  test('with options that change while it loads starts again at once with those', async () => {
    const { lease, loadModel, load, loads, log } = startEngine()
    const first = loadModel(entry('a'))
    const waiting = lease('a')
    await load(0)
    const second = loadModel(withLoad(entry('a'), { contextSize: 64 }))
    ;(await load(1)).finish()
    expect(await first).toMatchObject({ outcome: 'loaded' })
    expect(await second).toMatchObject({ outcome: 'loaded', changed: ['contextSize'] })
    await waiting
    expect(log).toEqual(['load a', 'give up a', 'load a'])
    expect(loads[1]?.entry.load.contextSize).toBe(64)
  })

  test('is given up once nobody else wants it, and goes on as long as somebody does', async () => {
    const { lease, loadModel, load, log, engine, events } = startEngine()
    const controller = new AbortController()
    const reason = new Error('no longer wanted')
    const alone = loadModel(entry('a'), { signal: controller.signal })
    await load(0)
    controller.abort(reason)
    expect(await alone.catch((error) => error)).toBe(reason)
    await settled()
    expect(log).toEqual(['load a', 'give up a'])
    expect(engine.status('a').state).toBe('unloaded')
    expect(events.at(-1)).toEqual({ type: 'left', model: 'a', why: 'asked' })

    const other = new AbortController()
    const asked = codeOf(loadModel(entry('b'), { signal: other.signal }))
    const wanting = lease('b')
    const coming = await load(1)
    other.abort(reason)
    expect(await asked).toBe('no longer wanted')
    coming.finish()
    expect((await wanting).model.model.id).toBe('b')
  })

  test('a default model that the server loads itself is not given up', async () => {
    const { engine, loadModel, load, log } = startEngine()
    engine.warm(entry('a'))
    const controller = new AbortController()
    const asked = codeOf(loadModel(entry('a'), { signal: controller.signal }))
    const coming = await load(0)
    controller.abort(new Error('gone'))
    expect(await asked).toBe('gone')
    coming.finish()
    await settled()
    expect(log).toEqual(['load a'])
    expect(engine.status('a').state).toBe('ready')
  })

  test('a load with other options that is taken back leaves the model as it is', async () => {
    const { lease, loadModel, load, log } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    const held = await running
    const controller = new AbortController()
    const asked = codeOf(loadModel(withLoad(entry('a'), { contextSize: 64 }), { signal: controller.signal }))
    const late = lease('a')
    controller.abort(new Error('gone'))
    expect(await asked).toBe('gone')
    await late
    held[Symbol.dispose]()
    await settled()
    expect(log).toEqual(['load a'])
  })

  test('of a model that failed is tried at once, and not after the delay', async () => {
    const { loadModel, load, engine } = startEngine()
    const failing = codeOf(loadModel(entry('a')))
    ;(await load(0)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'no weights' }))
    expect(await failing).toBe('model_load_failed')
    expect(engine.status('a').state).toBe('failed')
    const again = loadModel(entry('a'))
    ;(await load(1)).finish()
    expect(await again).toMatchObject({ outcome: 'loaded' })
  })

  test('with other options that cannot be had fails, and the model is gone', async () => {
    const { bringIn, loadModel, load, engine } = startEngine()
    await bringIn(entry('a'))
    const asked = codeOf(loadModel(withLoad(entry('a'), { contextSize: 64 })))
    ;(await load(1)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'too large' }))
    expect(await asked).toBe('model_load_failed')
    expect(engine.status('a')).toMatchObject({ state: 'failed' })
  })

  test('with options that cannot be had leaves those alone who wait for the model as it was', async () => {
    const { lease, bringIn, loadModel, load, loads } = startEngine()
    await bringIn(entry('a'))
    const held = await lease('a')
    const asked = codeOf(loadModel(withLoad(entry('a'), { contextSize: 64 })))
    const late = lease('a')
    held[Symbol.dispose]()
    ;(await load(1)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'too large' }))
    expect(await asked).toBe('model_load_failed')
    ;(await load(2)).finish()
    expect((await late).model.model.id).toBe('a')
    expect(loads.map(({ entry: { load } }) => load.contextSize)).toEqual(['auto', 64, 'auto'])
  })

  test('with options that can never fit gives nothing up, and refuses nobody else', async () => {
    const { lease, bringIn, loadModel, load, log } = startEngine({ memory: 250 })
    await bringIn(entry('a'))
    await bringIn(entry('b'))
    const big = { ...withLoad(entry('a'), { contextSize: 64 }), ...sized(300) }
    expect(await codeOf(loadModel(big))).toBe('model_does_not_fit')
    expect(log).toEqual(['load a', 'load b'])
    const huge = { ...withLoad(entry('c'), { contextSize: 64 }), ...sized(300) }
    const waiting = lease('c')
    const asked = codeOf(loadModel(huge))
    ;(await load(2)).finish()
    expect(await asked).toBe('model_does_not_fit')
    expect((await waiting).model.model.id).toBe('c')
  })

  test('pins, unpins and says how long the model stays', async () => {
    const { bringIn, loadModel, engine, time } = startEngine({ keepAliveSeconds: 100 })
    await bringIn(entry('a'), { isPinned: true, keepAliveSeconds: 10 })
    time.pass(4)
    expect(engine.residents()).toMatchObject([{ isPinned: true, idleSeconds: 4, readySeconds: 4 }])
    expect(engine.residents()[0]?.secondsLeft).toBeUndefined()
    await loadModel(entry('a'), { keepAliveSeconds: 10 })
    expect(engine.residents()).toMatchObject([{ isPinned: false, secondsLeft: 10 }])
    await loadModel(entry('a'))
    expect(engine.residents()).toMatchObject([{ isPinned: false, secondsLeft: 100 }])
    await loadModel(entry('a', { isPinned: true }))
    expect(engine.residents()).toMatchObject([{ isPinned: true }])
  })

  test('of ten models at once, where two fit, are done one after the other', async () => {
    const { loadModel, load, engine, taken } = startEngine({ memory: 200 })
    const ids = Array.from({ length: 10 }, (_, index) => `m${index}`)
    const loading = Promise.all(ids.map((id) => loadModel(entry(id))))
    for (const index of ids.keys()) {
      ;(await load(index)).finish()
      expect(taken()).toBeLessThanOrEqual(200)
    }
    const outcomes = await loading
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'loaded'))
    expect(outcomes.flatMap(({ evicted }) => evicted)).toEqual(ids.slice(0, 8))
    expect(engine.residents().map((one) => one.entry.id)).toEqual(['m9', 'm8'])
  })

  test('is refused once the server stops, also where it waits', async () => {
    const { loadModel, load, engine, log } = startEngine()
    const asked = codeOf(loadModel(entry('a')))
    await load(0)
    await engine.drain(new AbortController().signal)
    expect(await asked).toBe('shutting_down')
    expect(log).toEqual(['load a', 'give up a'])
    expect(await codeOf(loadModel(entry('a')))).toBe('shutting_down')
  })
})

describe('an unload that waits', () => {
  test('serves what was there before it, and what comes later by the next load', async () => {
    const ending = Promise.withResolvers<void>()
    const { lease, unload, load, log, engine } = startEngine({ slots: 1, ending: ending.promise })
    const running = lease('a')
    ;(await load(0)).finish()
    const first = await running
    const before = lease('a')
    const unloading = unload('a')
    const after = lease('a')
    first[Symbol.dispose]()
    const second = await before
    expect(log).toEqual(['load a'])
    second[Symbol.dispose]()
    await settled()
    expect(log).toEqual(['load a', 'end a'])
    expect(engine.residents()).toMatchObject([{ state: 'leaving' }])
    ending.resolve()
    expect(await unloading).toEqual({ wasLoaded: true, cutRequests: 0, freedBytes: 100 })
    ;(await load(1)).finish()
    expect((await after).model.model.id).toBe('a')
  })

  test('resolves when the memory is back, and not before', async () => {
    const ending = Promise.withResolvers<void>()
    const { bringIn, unload, taken } = startEngine({ ending: ending.promise })
    await bringIn(entry('a', { isPinned: true }))
    let isOver = false
    const unloading = unload('a').then((outcome) => {
      isOver = true
      return outcome
    })
    await settled()
    expect(isOver).toBe(false)
    ending.resolve()
    expect(await unloading).toMatchObject({ wasLoaded: true })
    expect(taken()).toBe(0)
  })

  test('is taken back by its signal as long as it waits, and the model goes on', async () => {
    const { lease, unload, load, log } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    const held = await running
    const controller = new AbortController()
    const unloading = codeOf(unload('a', 'wait', controller.signal))
    const other = unload('a')
    const late = lease('a')
    controller.abort(new Error('never mind'))
    expect(await unloading).toBe('never mind')
    await settled()
    expect(log).toEqual(['load a'])
    held[Symbol.dispose]()
    // Somebody else still wants it to leave.
    ;(await load(1)).finish()
    expect(await other).toMatchObject({ wasLoaded: true })
    await late
    expect(log).toEqual(['load a', 'end a', 'load a'])
  })

  test('of a model that loads gives the load up, unless somebody waits for it', async () => {
    const { lease, unload, loadModel, load, log } = startEngine()
    const unwanted = startEngine()
    unwanted.engine.warm(entry('a'))
    await unwanted.load(0)
    expect(await unwanted.unload('a')).toEqual({ wasLoaded: false, cutRequests: 0, freedBytes: 0 })
    expect(unwanted.log).toEqual(['load a', 'give up a'])

    const wanted = lease('a')
    const asked = loadModel(entry('a'))
    const coming = await load(0)
    const unloading = unload('a')
    coming.finish()
    ;(await wanted)[Symbol.dispose]()
    expect(await asked).toMatchObject({ outcome: 'loaded' })
    expect(await unloading).toMatchObject({ wasLoaded: false })
    expect(log).toEqual(['load a', 'end a'])
  })

  test('ends when the model dies meanwhile, and those who wait get a new one', async () => {
    const { lease, unload, load, engine } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    const unloading = unload('a')
    const late = lease('a')
    ;(await load(0)).die('signal SIGKILL')
    expect(await unloading).toMatchObject({ wasLoaded: true, cutRequests: 0 })
    ;(await load(1)).finish()
    expect((await late).model.model.id).toBe('a')
    expect(engine.status('a')).toMatchObject({ state: 'ready', busy: 1 })
  })

  test('has nothing to do where the model is not there, or has failed', async () => {
    const { unload, lease, load } = startEngine()
    const nothing = { wasLoaded: false, cutRequests: 0, freedBytes: 0 }
    expect(await unload('a')).toEqual(nothing)
    const failing = codeOf(lease('a'))
    ;(await load(0)).fail(new ServerError('model_load_failed', { model: 'a', problem: 'no weights' }))
    await failing
    expect(await unload('a', 'cut')).toEqual(nothing)
  })

  test('ends when the server does', async () => {
    const { lease, unload, load, engine } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    const unloading = unload('a')
    await engine.drain(AbortSignal.abort())
    expect(await unloading).toMatchObject({ wasLoaded: true })
  })
})

describe('an unload that cuts', () => {
  test('ends what runs, what holds and what waits, and later requests load the model anew', async () => {
    const { lease, leaseWith, unload, load, log, events, engine } = startEngine({ slots: 1 })
    const running = lease('a')
    ;(await load(0)).finish()
    const held = await running
    await leaseWith('a', { takesSlot: false })
    const waiting = codeOf(lease('a'))
    expect(await unload('a', 'cut')).toEqual({ wasLoaded: true, cutRequests: 3, freedBytes: 100 })
    expect(await waiting).toBe('model_unloaded')
    expect(log).toEqual(['load a', 'cut a model_unloaded', 'end a'])
    expect(events.slice(2)).toMatchObject([
      { type: 'refused', model: 'a', error: { code: 'model_unloaded' } },
      { type: 'left', model: 'a', why: 'asked' },
    ])
    const late = lease('a')
    ;(await load(1)).finish()
    await late
    held[Symbol.dispose]()
    expect(engine.status('a')).toMatchObject({ busy: 1 })
  })

  test('gives up a load, and those who waited for it know why', async () => {
    const { lease, loadModel, unload, load, log, engine } = startEngine()
    const waiting = [codeOf(lease('a')), codeOf(loadModel(entry('a')))]
    await load(0)
    expect(await unload('a', 'cut')).toEqual({ wasLoaded: false, cutRequests: 2, freedBytes: 0 })
    expect(await Promise.all(waiting)).toEqual(['model_unloaded', 'model_unloaded'])
    expect(log).toEqual(['load a', 'give up a'])
    expect(engine.status('a').state).toBe('unloaded')
  })

  test('does not wait for one that waits', async () => {
    const { lease, unload, load } = startEngine()
    const running = lease('a')
    ;(await load(0)).finish()
    await running
    const patient = unload('a', 'wait')
    expect(await unload('a', 'cut')).toMatchObject({ cutRequests: 1 })
    expect(await patient).toMatchObject({ wasLoaded: true })
  })
})
