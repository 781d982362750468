import { expect, test } from 'bun:test'
import { QueueLimit } from './queue-limit.ts'
import { codeOf, entry, settled, startEngine, withLoad } from './stepped-engine.fixture.ts'

test('a queue that becomes shorter sends nobody away, and takes nobody in until enough have gone', async () => {
  const { engine, lease, load } = startEngine({ maxWaiting: 4, slots: 1 })
  const first = lease('a')
  ;(await load(0)).finish()
  const running = await first
  const waiting = [1, 2, 3].map(() => lease('a'))
  engine.adjust({ maxWaiting: 1 })
  await settled()
  expect(await codeOf(lease('a'))).toBe('queue_full')
  running[Symbol.dispose]()
  const second = await waiting[0]
  expect(await codeOf(lease('a'))).toBe('queue_full')
  second?.[Symbol.dispose]()
  ;(await waiting[1])?.[Symbol.dispose]()
  const third = await waiting[2]
  const next = lease('a')
  expect(await codeOf(lease('a'))).toBe('queue_full')
  third?.[Symbol.dispose]()
  ;(await next)[Symbol.dispose]()
})

test('a queue that becomes longer takes more in at once', async () => {
  const { engine, lease, load } = startEngine({ maxWaiting: 0, slots: 1 })
  const first = lease('a')
  ;(await load(0)).finish()
  using _running = await first
  expect(await codeOf(lease('a'))).toBe('queue_full')
  engine.adjust({ maxWaiting: 1 })
  const leave = new AbortController()
  const next = lease('a', leave.signal)
  await settled()
  expect(engine.status('a')).toMatchObject({ waiting: 1 })
  leave.abort(new Error('left'))
  expect(await codeOf(next)).toBe('left')
})

test('the limit falls with those who wait', () => {
  const limit = new QueueLimit(10)
  limit.change(2, 6)
  const allowed = [6, 5, 6, 3, 1, 4].map((waiting) => {
    limit.shrink(waiting)
    return limit.current
  })
  expect(allowed).toEqual([6, 5, 5, 3, 2, 2])
  limit.change(8, 2)
  limit.change(0, 20)
  expect(limit.current).toBe(8)
})

test('models that nobody said anything of stay for as long as is said now, and others for as long as was said of them', async () => {
  const { engine, bringIn, time } = startEngine({ keepAliveSeconds: 1000 })
  await bringIn(entry('usual'))
  await bringIn({ ...entry('own'), keepAliveSeconds: 500 })
  await bringIn(entry('asked'), { keepAliveSeconds: 400 })
  engine.adjust({ maxWaiting: 5, keepAliveSeconds: 60 })
  const left = () => engine.residents().map(({ entry: { id }, secondsLeft }) => [id, secondsLeft])
  expect(Object.fromEntries(left())).toEqual({ usual: 60, own: 500, asked: 400 })
  time.pass(60)
  await settled()
  expect(Object.keys(Object.fromEntries(left())).sort()).toEqual(['asked', 'own'])
  engine.adjust({ maxWaiting: 5 })
  await bringIn(entry('usual'))
  expect(Object.fromEntries(left()).usual).toBeUndefined()
})

test('less memory for all is seen by the next that wants some, and more by those who wait', async () => {
  const { engine, lease, load, unload } = startEngine({ memory: 1000, limit: 1000 })
  engine.adjust({ maxWaiting: 5, limitBytes: 1 })
  expect(engine.memory().total.mainBytes).toBe(1)
  expect(await codeOf(lease('a'))).toBe('model_does_not_fit')
  engine.adjust({ maxWaiting: 5 })
  expect(engine.memory().total.mainBytes).toBe(1000)
  const next = lease('b')
  ;(await load(0)).finish()
  ;(await next)[Symbol.dispose]()
  await unload('b')
})

test('requests that wait for a model have it loaded as it is to be now, unless somebody said how it is to be loaded', async () => {
  const { engine, lease, load, loadModel } = startEngine({ memory: 100 })
  const first = lease('a')
  ;(await load(0)).finish()
  const running = await first
  const waiting = lease('b')
  await settled()
  engine.revise([withLoad(entry('a'), { slots: 7 }), withLoad(entry('b'), { slots: 8 })])
  running[Symbol.dispose]()
  const second = await load(1)
  expect(second.entry).toMatchObject({ id: 'b', load: { slots: 8 } })
  second.finish()
  const next = await waiting
  const asked = loadModel(withLoad(entry('c'), { slots: 3 }))
  await settled()
  engine.revise([withLoad(entry('c'), { slots: 9 })])
  next[Symbol.dispose]()
  const third = await load(2)
  expect(third.entry).toMatchObject({ id: 'c', load: { slots: 3 } })
  third.finish()
  await asked
})
