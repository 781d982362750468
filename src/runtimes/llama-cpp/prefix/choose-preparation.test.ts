import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { choosePreparation, type Holder, type PreparationView } from './choose-preparation.ts'
import { type Request, simulate } from './reading-simulation.fixture.ts'

const costs = { copy: 4, batch: 4, leastSaved: 64 }
const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)
const holder = (sequence: number, tokens: number[], more: Partial<Holder> = {}): Holder => ({
  slot: { sequence, tokens },
  isDivisible: true,
  ...more,
})
const choose = (view: Partial<PreparationView>) =>
  choosePreparation({
    prompt: range(100),
    own: holder(0, []),
    others: [],
    saved: 0,
    costs,
    divisibleBelow: Number.POSITIVE_INFINITY,
    ...view,
  })

test('the longest prefix that another slot holds is copied, if it saves more than the copy costs', () => {
  const others = [holder(1, range(40)), holder(2, [...range(60), 7, 7]), holder(3, [5, ...range(80)])]
  expect(choose({ others })).toEqual({ type: 'copy', sequence: 2, tokens: 60 })
  expect(choose({ others, own: holder(0, range(55)) })).toEqual({ type: 'copy', sequence: 2, tokens: 60 })
  expect(choose({ others, own: holder(0, range(56)) })).toEqual({ type: 'keep' })
  // The last token is read anyway.
  expect(choose({ others: [holder(1, range(100))] })).toEqual({ type: 'copy', sequence: 1, tokens: 99 })
})

test('memory that cannot be divided is copied whole or not at all', () => {
  expect(choose({ others: [holder(1, range(60), { isDivisible: false })] })).toMatchObject({ tokens: 60 })
  expect(choose({ others: [holder(1, [...range(60), 7], { isDivisible: false })] })).toEqual({ type: 'keep' })
  expect(choose({ others: [holder(1, range(100), { isDivisible: false })] })).toEqual({ type: 'keep' })
  // What it holds itself and cannot be taken back is worth nothing.
  const own = holder(0, [...range(60), 7], { isDivisible: false })
  expect(choose({ own, others: [holder(1, range(50))] })).toMatchObject({ type: 'copy', tokens: 50 })
})

test('a state is restored where it holds more than the slots do', () => {
  expect(choose({ saved: 70, others: [holder(1, range(69))] })).toEqual({ type: 'restore' })
  expect(choose({ saved: 70, others: [holder(1, range(70))] })).toMatchObject({ type: 'copy' })
  expect(choose({ saved: 70, own: holder(0, range(66)) })).toEqual({ type: 'keep' })
  expect(choose({ saved: 70, others: [holder(1, range(60), { reading: range(100) })] })).toMatchObject({ type: 'wait' })
  expect(choose({ saved: 95, others: [holder(1, range(60), { reading: range(100) })] })).toEqual({ type: 'restore' })
})

test('a prefix that is being read is waited for, up to where the prompts differ', () => {
  const reading = [...range(80), 7, 7, 7]
  expect(choose({ others: [holder(1, range(10), { reading })] })).toEqual({ type: 'wait', sequence: 1, tokens: 80 })
  expect(choose({ others: [holder(1, [], { reading, isDivisible: false })] })).toMatchObject({ type: 'wait' })
  expect(choose({ others: [holder(1, range(10), { reading, isDivisible: false })] })).toMatchObject({ type: 'copy' })
  // It is there already.
  expect(choose({ others: [holder(1, range(80), { reading })] })).toMatchObject({ type: 'copy' })
  // It saves too little.
  expect(choose({ own: holder(0, range(75)), others: [holder(1, range(10), { reading })] })).toEqual({ type: 'keep' })
  // The other one is too far behind.
  expect(choose({ own: holder(0, range(50)), others: [holder(1, range(10), { reading })] })).toEqual({ type: 'keep' })
  // It will have forgotten its beginning by then.
  expect(choose({ divisibleBelow: 70, others: [holder(1, range(10), { reading })] })).toMatchObject({ type: 'copy' })
})

const randomRequests = (random: SeededRandom): Request[] => {
  const beginnings = range(random.between(1, 3)).map((index) => range(random.between(1, 300), index * 1000))
  return range(random.between(2, 8)).map((index) => {
    const beginning = random.pick(beginnings)
    return {
      arrivesAt: random.between(0, 3) === 0 ? random.between(0, 400) : 0,
      prompt: [
        ...beginning.slice(0, random.between(1, beginning.length)),
        ...range(random.between(1, 60), index * 9000),
      ],
      held: random.chance(0.3) ? random.pick(beginnings).slice(0, random.between(0, 300)) : [],
      ...(random.chance(0.2) && { leavesAt: random.between(0, 600) }),
    }
  })
}

test('whoever waits comes to an end, whoever leaves meanwhile', () => {
  let waits = 0
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new SeededRandom(seed)
    const outcome = simulate(randomRequests(random), { costs, isDivisible: random.chance(0.8), batch: 64 })
    expect(outcome.isStuck).toBe(false)
    waits += outcome.waits
  }
  expect(waits).toBeGreaterThan(3000)
})

test('waiting makes nobody later than reading would, and reads less', () => {
  let readByWaiting = 0
  let readByReading = 0
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new SeededRandom(seed)
    const requests = randomRequests(random).map(({ leavesAt: _, ...request }) => ({ ...request, arrivesAt: 0 }))
    const waiting = simulate(requests, { costs, isDivisible: true, batch: 64 })
    const reading = simulate(requests, {
      costs: { ...costs, batch: Number.POSITIVE_INFINITY },
      isDivisible: true,
      batch: 64,
    })
    readByWaiting += waiting.read
    readByReading += reading.read
    expect(waiting.read).toBeLessThanOrEqual(reading.read)
    for (const [index, at] of waiting.doneAt.entries())
      expect(at).toBeLessThanOrEqual((reading.doneAt[index] ?? 0) + 64 + requests.length * (costs.copy + costs.batch))
  }
  expect(readByWaiting).toBeLessThan(readByReading * 0.8)
})
