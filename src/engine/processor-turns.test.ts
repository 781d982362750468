import { describe, expect, test } from 'bun:test'
import { type Computing, modelsInTurn } from './processor-turns.ts'
import { codeOf, settled, startEngine } from './stepped-engine.fixture.ts'

const model = (busy: number, more: Partial<Computing> = {}): Computing => ({
  busy,
  threads: 2,
  turnBegan: 0,
  isTurnOver: false,
  ...more,
})
const inTurn = (models: Record<string, Computing>, cores = 2) =>
  [...modelsInTurn(new Map(Object.entries(models)), Object.keys(models), cores)].sort()

describe('turns at the processor', () => {
  test('a model waits for the one that computes, unless there are cores for both', () => {
    expect(inTurn({ a: model(1), b: model(0) })).toEqual(['a'])
    expect(inTurn({ a: model(1), b: model(0) }, 4)).toEqual(['a', 'b'])
  })

  test('what computes starts nothing more once its turn is over and another one waits', () => {
    expect(inTurn({ a: model(1, { isTurnOver: true }), b: model(0) })).toEqual([])
    expect(inTurn({ a: model(1, { isTurnOver: true }) })).toEqual(['a'])
  })

  test('the one that had the processor longest ago is next, and a smaller one does not overtake it', () => {
    expect(inTurn({ a: model(0, { turnBegan: 5 }), b: model(0, { turnBegan: 3 }) })).toEqual(['b'])
    const crowd = { a: model(1, { threads: 1 }), b: model(0), c: model(0, { threads: 1, turnBegan: 1 }) }
    expect(inTurn(crowd)).toEqual(['a'])
  })

  test('what leaves the processor to others waits for nobody, and one with more threads than cores computes alone', () => {
    expect(inTurn({ a: model(1), b: model(0, { threads: 0 }) })).toEqual(['a', 'b'])
    expect(inTurn({ a: model(0, { threads: 8 }) })).toEqual(['a'])
  })

  test('a second chat model computes once the first has ended what it ran, after its turn', async () => {
    const { lease, load, engine, time } = startEngine({ device: 'cpu', threads: 2, cores: 2 })
    const running = lease('a')
    ;(await load(0)).finish()
    const first = await running
    const other = lease('b')
    ;(await load(1)).finish()
    await settled()
    expect(engine.status('b')).toMatchObject({ state: 'ready', busy: 0, waiting: 1 })
    const second = await lease('a')
    time.pass(10)
    const late = codeOf(lease('a'))
    first[Symbol.dispose]()
    await settled()
    expect(engine.status('a')).toMatchObject({ busy: 1, waiting: 1 })
    second[Symbol.dispose]()
    const held = await other
    expect(engine.status('a')).toMatchObject({ busy: 0, waiting: 1 })
    held[Symbol.dispose]()
    expect(await late).toBe('ok')
  })
})
