import { expect, test } from 'bun:test'
import type { AddonSampler } from '../addon.ts'
import { Drafter } from '../drafter.ts'
import { FakeContext } from '../fake-context.fixture.ts'
import type { Run } from '../run.ts'
import { BatchCost } from './batch-cost.ts'
import { Speculation } from './speculation.ts'

type FakeRun = Pick<Run, 'tokens' | 'promptLength' | 'choices' | 'remaining' | 'pending' | 'isReading' | 'slot'>

const runOf = (tokens: number[], changes: Partial<FakeRun> = {}): Run =>
  ({
    tokens,
    promptLength: tokens.length,
    choices: 0,
    remaining: 5000,
    pending: 1,
    isReading: false,
    slot: { sequence: 0, tokens: [], isBusy: true, lastUsed: 0 },
    ...changes,
  }) as unknown as Run

interface Start {
  readonly looksUp?: boolean
  /** Milliseconds of a batch of the model and of its draft model; absent: no draft model. */
  readonly costOf: (tokens: number) => number
  readonly draftCostOf?: (tokens: number) => number
  readonly onFailure?: (problem: string) => void
}

function start({ looksUp = false, costOf, draftCostOf, onFailure = () => {} }: Start) {
  const fake = new FakeContext()
  const states: string[] = []
  const cost = new BatchCost()
  for (const tokens of [1, 2, 4, 8, 12]) cost.observe(tokens, costOf(tokens))
  const drafter = new Drafter({
    context: fake.context,
    contextSize: 8192,
    batchSize: 256,
    slots: 1,
    makeSampler: () => ({}) as AddonSampler,
    onFailure,
  })
  // What the fake really takes is nothing that anything could be decided by.
  if (draftCostOf) {
    for (const tokens of [1, 2, 4, 8]) drafter.cost.observe(tokens, draftCostOf(tokens))
    drafter.cost.observe = () => {}
  }
  const speculation = new Speculation({
    cost,
    looksUp,
    ...(draftCostOf && { drafter }),
    mostGuesses: 64,
    onDraft: (state) => states.push(state),
  })
  /** One batch: the model chooses what `nextOf` says, and keeps the guesses that are the same. */
  const step = async (run: Run, nextOf: (tokens: readonly number[]) => number) => {
    const guesses = (await speculation.guess([run])).get(run) ?? []
    let right = 0
    for (let goesOn = true; goesOn; ) {
      const token = nextOf(run.tokens)
      run.tokens.push(token)
      run.choices++
      goesOn = guesses[right] === token
      if (goesOn) right++
    }
    speculation.learn([{ run, tokens: [0], guesses, firstWithLogits: 0 }], costOf(1 + guesses.length))
    return { guessed: guesses.length, right }
  }
  return { fake, states, step, speculation }
}

const gpu = (tokens: number) => 20 + 0.1 * tokens
const small = (tokens: number) => 2 + 0.01 * tokens
const dear = (tokens: number) => 15 + 5 * tokens
const next = (tokens: readonly number[]) => ((tokens.at(-1) ?? 0) + 1) % 50

test('a draft model that always agrees is found at once, and guesses more when it was right', async () => {
  const { fake, step, states } = start({ costOf: gpu, draftCostOf: small })
  fake.nextOf = next
  const run = runOf([1, 2, 3])
  const steps = [await step(run, next), await step(run, next), await step(run, next)]
  expect(steps).toEqual([3, 7, 11].map((count) => ({ guessed: count, right: count })))
  expect(states).toEqual([])
})

test('a draft model that is never right is left alone after a few guesses, for all runs, and rests after 256 batches', async () => {
  const { fake, step, states } = start({ costOf: gpu, draftCostOf: small })
  fake.nextOf = () => 99
  const guessedIn = async (run: Run, batches: number) => {
    let guessed = 0
    for (let batch = 0; batch < batches; batch++) guessed += (await step(run, next)).guessed
    return guessed
  }
  const [first, second] = [runOf([1, 2, 3]), runOf([4, 5, 6])]
  const inFirst = await guessedIn(first, 150)
  expect(inFirst).toBeWithin(1, 40)
  expect(await guessedIn(second, 150)).toBeLessThan(inFirst)
  expect(states).toEqual([])
  await guessedIn(second, 150)
  expect(states).toEqual(['resting'])
})

test('a draft model is tried at once where its reading takes a tenth of a short answer, and not where it takes more', async () => {
  const guessed = async (prompt: number) => {
    // As it seems, it would bring nothing.
    const { fake, step } = start({ costOf: (tokens) => 5 + 15 * tokens, draftCostOf: (tokens) => 3 + tokens / 2 })
    fake.nextOf = next
    const run = runOf(
      Array.from({ length: prompt }, (_, index) => index),
      { remaining: 64 },
    )
    let count = 0
    for (let batch = 0; batch < 8; batch++) count += (await step(run, next)).guessed
    return count
  }
  // An answer of 64 tokens takes 1,280 ms without it, the reading 103 ms and 153.
  expect(await guessed(200)).toBeGreaterThan(0)
  expect(await guessed(300)).toBe(0)
})

test('a draft model that is as dear as the model is not even tried, and reads nothing', async () => {
  const { fake, step } = start({ costOf: dear, draftCostOf: dear })
  fake.nextOf = next
  const run = runOf([1, 2, 3])
  for (let batch = 0; batch < 50; batch++) expect((await step(run, next)).guessed).toBe(0)
  expect(fake.decodedSizes).toEqual([])
})

test('a draft model that fails is told of, and the answer goes on without it', async () => {
  const problems: string[] = []
  const { fake, step } = start({ costOf: gpu, draftCostOf: small, onFailure: (problem) => problems.push(problem) })
  fake.duringDecode = () => {
    throw new Error('out of memory')
  }
  const run = runOf([1, 2, 3])
  for (let batch = 0; batch < 10; batch++) expect((await step(run, next)).guessed).toBe(0)
  expect(problems).toEqual(['out of memory'])
  expect(run.choices).toBe(10)
})

test('while a prompt is read nothing is drafted', async () => {
  const { fake, speculation } = start({ costOf: gpu, draftCostOf: small })
  const reading = runOf([1, 2, 3], { isReading: true })
  expect((await speculation.guess([runOf([1, 2, 3]), reading])).size).toBe(1)
  expect(fake.decodedSizes).toEqual([])
})

test('where a format forces most of the text, guesses of it count for little', async () => {
  // One guess must be right more often than every second time.
  const costOf = (tokens: number) => 5 + 5 * tokens
  const repeated = Array.from({ length: 200 }, (_, index) => index % 20)
  const guessed = async (choices: number) => {
    const { speculation } = start({ looksUp: true, costOf })
    const run = runOf([...repeated], { promptLength: 0, choices })
    return (await speculation.guess([run])).get(run)?.length ?? 0
  }
  expect(await guessed(200)).toBeGreaterThan(0)
  expect(await guessed(20)).toBe(0)
})
