import { expect, test } from 'bun:test'
import type { AddonSampler } from './addon.ts'
import { Drafter } from './drafter.ts'
import { FakeContext } from './fake-context.fixture.ts'
import type { Run } from './run.ts'

const writing = (sequence: number, tokens: number[]) =>
  ({ tokens, isReading: false, remaining: 3, slot: { sequence } }) as unknown as Run

function start() {
  const fake = new FakeContext()
  const drafter = new Drafter({
    context: fake.context,
    contextSize: 64,
    batchSize: 8,
    slots: 2,
    makeSampler: () => ({}) as AddonSampler,
    onFailure: (problem) => fake.offences.push(problem),
  })
  return { fake, drafter }
}

test('a long prompt is read one batch a step, and others are guessed for meanwhile', async () => {
  const { fake, drafter } = start()
  const long = writing(
    0,
    Array.from({ length: 20 }, (_, index) => index),
  )
  const short = writing(1, [1, 2])
  const guessed = async () => {
    const guesses = await drafter.guess([
      { run: long, most: 2 },
      { run: short, most: 2 },
    ])
    return [guesses.get(long)?.length ?? 0, guesses.get(short)?.length ?? 0]
  }
  expect(await guessed()).toEqual([0, 2])
  expect(fake.decodedSizes).toEqual([8, 2, 1])
  expect(await guessed()).toEqual([0, 2])
  expect(await guessed()).toEqual([2, 2])
  expect(fake.offences).toEqual([])
})

test('a text that is longer than the context of the draft model gets no guesses', async () => {
  const { fake, drafter } = start()
  const long = writing(
    0,
    Array.from({ length: 64 }, () => 1),
  )
  expect(drafter.behind(long)).toBeUndefined()
  expect((await drafter.guess([{ run: long, most: 2 }])).size).toBe(0)
  expect(fake.decodedSizes).toEqual([])
})

test('says what it would have to read, reads nothing before it is asked to guess, and measures its batches', async () => {
  const { fake, drafter } = start()
  const run = writing(0, [1, 2, 3])
  expect([drafter.behind(run), fake.decodedSizes, drafter.cost.isKnown]).toEqual([3, [], false])
  await drafter.guess([{ run, most: 1 }])
  expect([drafter.behind(run), fake.decodedSizes, drafter.cost.isKnown]).toEqual([0, [3], true])
  expect(drafter.behind(writing(0, [1, 2, 9, 9]))).toBe(2)
})

test('after a failure it guesses for nobody', async () => {
  const { fake, drafter } = start()
  const run = writing(0, [1, 2, 3])
  fake.duringDecode = () => {
    throw new Error('out of memory')
  }
  expect((await drafter.guess([{ run, most: 1 }])).size).toBe(0)
  expect(fake.offences).toEqual(['out of memory'])
  expect(drafter.behind(run)).toBeUndefined()
})

test('runs that were right to a different extent are read alike where that is cheaper, and from then on right', async () => {
  const { fake, drafter } = start()
  const [one, other] = [writing(0, [1, 2, 3]), writing(1, [5, 6, 7])]
  const guess = async () => {
    const guesses = await drafter.guess([
      { run: one, most: 2 },
      { run: other, most: 2 },
    ])
    return [guesses.get(one), guesses.get(other)]
  }
  expect(await guess()).toEqual([
    [7, 15],
    [15, 31],
  ])
  // One pass of four tokens costs less than two of two and one.
  drafter.cost.observe = () => {}
  drafter.cost.milliseconds = (tokens) => 10 + tokens
  one.tokens.push(7, 15, 31)
  other.tokens.push(20)
  expect(await guess()).toEqual([
    [63, 127],
    [41, 83],
  ])
  expect(fake.decodedSizes).toEqual([6, 2, 4, 2])
  // And where it costs more, not.
  drafter.cost.milliseconds = (tokens) => tokens
  one.tokens.push(63, 127, 255)
  other.tokens.push(22)
  await guess()
  expect(fake.decodedSizes.slice(4)).toEqual([3, 2])
  expect(fake.offences).toEqual([])
})
