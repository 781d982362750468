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
    const guesses = await drafter.guess([long, short])
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
  const guesses = await drafter.guess([
    writing(
      0,
      Array.from({ length: 64 }, () => 1),
    ),
  ])
  expect(guesses.size).toBe(0)
  expect(fake.decodedSizes).toEqual([])
})
