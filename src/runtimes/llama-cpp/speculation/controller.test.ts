import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import type { Run } from '../run.ts'
import { Acceptance } from './acceptance.ts'
import { BatchCost } from './batch-cost.ts'
import { SpeculationController } from './controller.ts'
import { DraftRecord, RunDraft } from './run-draft.ts'
import { ubatchesOf } from './ubatches.ts'

/** Milliseconds of a batch of so many tokens that is decoded in one piece. */
type CostCurve = (tokens: number) => number

const sharesOf = (lengths: readonly number[]) => lengths.map((tokens, sequence) => ({ sequence, tokens }))

/** Milliseconds of a batch in which neighbouring sequences have so many tokens each. */
const decodeCost = (curve: CostCurve, lengths: readonly number[]): number =>
  ubatchesOf(sharesOf(lengths)).reduce((sum, size) => sum + curve(size), 0)

/** As measured on two cores with a model of 135 million parameters. */
const cpu: CostCurve = (tokens) => 5.5 + 3.4 * tokens
/** Nearly nothing up to eight tokens, then another kernel. */
const gpu: CostCurve = (tokens) => 12 + 0.1 * tokens + (tokens > 8 ? 5 : 0)
/** Where a token in a batch costs as much as alone: nothing can be won. */
const linear: CostCurve = (tokens) => 9 * tokens

interface World {
  readonly curve: CostCurve
  readonly writers: number
  /** The chance that a guess is right, for that run after so many tokens of its own. */
  readonly chanceOf: (writer: number, tokens: number) => number
  readonly seed: number
}

interface Lengths {
  /** Milliseconds with the controller, and of the same tokens without guesses. */
  spent: number
  plain: number
  guesses: number
}

/** Lets the controller guess for so many batches on a machine whose speed drifts. */
function simulate({ curve, writers, chanceOf, seed }: World, batches: number): Lengths {
  const random = new SeededRandom(seed)
  const cost = new BatchCost()
  const controller = new SpeculationController(cost)
  const record = new Acceptance({ prior: [0.5], memory: 0.998 })
  const runs = Array.from({ length: writers }, () => ({
    own: new Acceptance({ prior: record, memory: 0.95 }),
    tokens: 0,
  }))
  const sum = { spent: 0, plain: 0, guesses: 0 }
  let drift = 0
  for (let batch = 0; batch < batches; batch++) {
    drift = 0.98 * drift + 0.08 * (random.next() - 0.5)
    const speed = Math.exp(drift)
    const prospects = runs.map(({ own }, sequence) => ({
      sequence,
      tokens: 1,
      room: 48,
      chances: Array.from({ length: 16 }, (_, at) => own.chance(0) ** (at + 1)),
    }))
    const { lookups: counts, fillers } = controller.plan({ most: 128, runs: prospects })
    let choices = 0
    for (const [index, run] of runs.entries()) {
      const chance = chanceOf(index, run.tokens)
      let right = 0
      // What is not guessed can be seen to have been right, too.
      for (; right < Math.max(1, counts[index] ?? 0); right++) {
        const isRight = random.chance(chance)
        run.own.observe(0, isRight)
        if (!isRight) break
      }
      const made = 1 + Math.min(right, counts[index] ?? 0)
      run.tokens += made
      choices += made
    }
    const lengths = counts.map((count, index) => 1 + count + (fillers[index] ?? 0))
    const noise = 0.94 + 0.12 * random.next() + (random.chance(0.01) ? random.next() : 0)
    const milliseconds = decodeCost(curve, lengths) * speed * noise
    controller.learn({
      shares: sharesOf(lengths),
      plainShares: sharesOf(runs.map(() => 1)),
      choices,
      milliseconds,
      guessMilliseconds: 0,
    })
    sum.spent += milliseconds
    sum.plain += (curve(writers) * speed * choices) / writers
    sum.guesses += lengths.reduce((total, length) => total + length - 1, 0)
  }
  return sum
}

/** How many times as fast as without guesses, if cost and chance were known and never changed. */
function possibleGain(curve: CostCurve, writers: number, chance: number): number {
  let best = 1
  for (let guesses = 0; guesses <= 16; guesses++) {
    const tokens = Array.from({ length: guesses + 1 }, (_, at) => chance ** at).reduce((sum, each) => sum + each, 0)
    best = Math.max(best, (tokens * curve(writers)) / curve(writers * (1 + guesses)))
  }
  return best
}

// The disturbances of the measurements are part of what was spent only.
const gainOf = ({ spent, plain }: Lengths) => (plain * 1.005) / spent

describe.each([1, 4, 8])('with %d runs', (writers) => {
  const seeds = writers > 4 ? [1] : [1, 2]
  test.each([0, 0.2, 0.5, 0.9, 0.98])('of which guesses are right in %d of all cases', (chance) => {
    for (const curve of [cpu, gpu, linear]) {
      const possible = possibleGain(curve, writers, chance)
      for (const seed of seeds) {
        const gain = gainOf(simulate({ curve, writers, chanceOf: () => chance, seed }, 2500))
        // Next to nothing is lost where there is nothing to win; where there is more than the twentieth that is not
        // looked for, most of it is won.
        expect(gain).toBeGreaterThan(0.98)
        expect(gain).toBeGreaterThan(1 + 0.55 * (possible - 1) - 0.06)
      }
    }
  })
})

test('follows a text that is now copied and now free', () => {
  const chanceOf = (_: number, tokens: number) => (Math.floor(tokens / 300) % 2 ? 0.95 : 0.05)
  for (const writers of [1, 4])
    for (const curve of [cpu, gpu, linear]) {
      const possible = 2 / (1 + 1 / possibleGain(curve, writers, 0.95))
      const gain = gainOf(simulate({ curve, writers, chanceOf, seed: 1 }, 4000))
      expect(gain).toBeGreaterThan(1 + 0.5 * (possible - 1) - 0.02)
    }
})

test.each([2, 4, 8])(
  'of %d runs half copy, and what their guesses bring is not lost to pieces of their own',
  (writers) => {
    const chanceOf = (writer: number) => (writer % 2 ? 0.97 : 0.02)
    for (const curve of [cpu, gpu, linear]) {
      // All runs as long as each other, or those that copy in a piece of their own.
      let possible = 1
      for (let depth = 1; depth <= 16; depth++) {
        const copied = Array.from({ length: depth + 1 }, (_, at) => 0.97 ** at).reduce((sum, each) => sum + each, 0)
        const lengths = Array.from({ length: writers }, (_, writer) => (writer % 2 ? 1 + depth : 1))
        const cost = Math.min(decodeCost(curve, lengths), curve(writers * (1 + depth)))
        possible = Math.max(possible, ((1 + copied) * curve(writers)) / 2 / cost)
      }
      const gain = gainOf(simulate({ curve, writers, chanceOf, seed: 1 }, 2500))
      expect(gain).toBeGreaterThan(0.98)
      expect(gain).toBeGreaterThan(1 + 0.55 * (possible - 1) - 0.06)
    }
  },
)

test('guesses nothing at all where the text never repeats, and does not stop when there is nothing to lose', () => {
  expect(simulate({ curve: cpu, writers: 1, chanceOf: () => 0, seed: 5 }, 1000).guesses).toBeLessThan(30)
  expect(simulate({ curve: gpu, writers: 1, chanceOf: () => 0.95, seed: 5 }, 1000).guesses).toBeGreaterThan(5000)
})

interface DraftWorld {
  readonly curve: CostCurve
  readonly draftCurve: CostCurve
  /** The chance that a guess of the draft model is right. */
  readonly chance: number
  readonly writers?: number
  readonly promptTokens?: number
  readonly answerTokens?: number
  /** How often so many answers are asked for at once. */
  readonly rounds?: number
  readonly seed?: number
}

/** A draft model beside a model: what it brings at which acceptance and at which cost of its own. */
function simulateDraft(world: DraftWorld) {
  const {
    curve,
    draftCurve,
    chance,
    writers = 1,
    promptTokens = 300,
    answerTokens = 400,
    rounds = 10,
    seed = 9,
  } = world
  const random = new SeededRandom(seed)
  const noise = () => 0.93 + 0.14 * random.next() + (random.chance(0.02) ? 0.5 * random.next() : 0)
  const cost = new BatchCost()
  const draftCost = new BatchCost()
  for (const tokens of [1, 2, 4, 8, 16]) {
    cost.observe(tokens, curve(tokens) * noise())
    draftCost.observe(tokens, draftCurve(tokens) * noise())
  }
  const controller = new SpeculationController(cost, draftCost)
  const record = new DraftRecord()
  const sum = { spent: 0, plain: 0, guesses: 0 }
  for (let round = 0; round < rounds; round++) {
    // Each after a prompt that the draft model has yet to read.
    let all = Array.from({ length: writers }, (_, sequence) => {
      const tokens = Array.from({ length: promptTokens }, () => 1)
      const run = { tokens, promptLength: promptTokens, remaining: answerTokens } as unknown as MutableRun
      return { sequence, run, draft: new RunDraft(record), behind: promptTokens }
    })
    for (; all.length > 0; all = all.filter(({ run }) => run.remaining > 0)) {
      const views = all.map(({ sequence, run, draft, behind }) => ({
        sequence,
        tokens: 1,
        room: run.remaining - 1,
        chances: [],
        ...(run.remaining > 1 && { draft: draft.prospect(run, behind) }),
      }))
      const { drafts, fillers } = controller.plan({ most: 64, runs: views })
      let guessMilliseconds = 0
      for (let step = 0; step < Math.max(...drafts); step++) {
        const takers = all.filter((_, index) => (drafts[index] ?? 0) > step)
        const sizes = ubatchesOf(takers.map(({ sequence, behind }) => ({ sequence, tokens: step === 0 ? behind : 1 })))
        const milliseconds = sizes.reduce((total, size) => total + draftCurve(size), 0) * noise()
        draftCost.observeAll(sizes, milliseconds)
        guessMilliseconds += milliseconds
      }
      let choices = 0
      for (const [index, each] of all.entries()) {
        const depth = drafts[index] ?? 0
        let right = 0
        while (right < depth && random.chance(chance)) right++
        const guesses = Array.from({ length: depth }, (_, at) => (at < right ? 1 : 2))
        if (depth > 0) each.draft.note(each.run, guesses)
        each.run.tokens.push(...Array.from({ length: 1 + right }, () => 1))
        each.behind = depth > 0 ? (right === depth ? 2 : 1) : each.behind + 1
        each.draft.learn(each.run)
        each.run.remaining -= 1 + right
        choices += 1 + right
      }
      const share = (counts: readonly number[]) =>
        all.map(({ sequence }, index) => ({ sequence, tokens: 1 + (counts[index] ?? 0) + (fillers[index] ?? 0) }))
      const plainShares = all.map(({ sequence }) => ({ sequence, tokens: 1 }))
      const costOf = (shares: typeof plainShares) => ubatchesOf(shares).reduce((total, size) => total + curve(size), 0)
      const milliseconds = costOf(share(drafts)) * noise()
      controller.learn({ shares: share(drafts), plainShares, choices, milliseconds, guessMilliseconds })
      sum.spent += milliseconds + guessMilliseconds
      sum.plain += (costOf(plainShares) * choices) / all.length
      sum.guesses += drafts.reduce((total, depth) => total + depth, 0)
    }
  }
  // The disturbances are part of what was spent only.
  return { gain: (sum.plain * 1.005) / sum.spent, guesses: sum.guesses }
}

type MutableRun = Run & { remaining: number }

describe('a draft model', () => {
  const small: CostCurve = (tokens) => 2 + 0.02 * tokens
  const dear: CostCurve = (tokens) => 4 + 1.5 * tokens

  test('that is cheap and mostly right is used, and wins most of what it can', () => {
    expect(simulateDraft({ curve: gpu, draftCurve: small, chance: 0.9 }).gain).toBeGreaterThan(1.9)
    expect(simulateDraft({ curve: gpu, draftCurve: small, chance: 0.6 }).gain).toBeGreaterThan(1.1)
    expect(simulateDraft({ curve: gpu, draftCurve: small, chance: 0.9, writers: 4 }).gain).toBeGreaterThan(1.3)
  })

  test('that does not pay is left alone, and costs next to nothing', () => {
    for (const [curve, draftCurve, chance] of [
      [cpu, dear, 0.6],
      [cpu, dear, 0.9],
      [gpu, small, 0.05],
      [linear, small, 0.95],
    ] as const)
      for (const writers of [1, 4, 8])
        expect(simulateDraft({ curve, draftCurve, chance, writers }).gain).toBeGreaterThan(0.96)
  })

  test('that pays for one run and not for several is used for one, also where answers are short', () => {
    // As measured on two cores with a model of six times the layers, and with its draft model.
    const curve: CostCurve = (tokens) => 25 + 26 * tokens
    const draftCurve: CostCurve = (tokens) => 5 + 4.5 * tokens
    const world = { curve, draftCurve, chance: 1, promptTokens: 44, answerTokens: 64 }
    for (let seed = 1; seed <= 5; seed++) {
      expect(simulateDraft({ ...world, seed }).gain).toBeGreaterThan(1.15)
      for (const writers of [2, 4, 8]) {
        expect(simulateDraft({ ...world, seed, writers }).gain).toBeGreaterThan(0.97)
        expect(simulateDraft({ ...world, seed, writers, chance: 0, rounds: 20 }).gain).toBeGreaterThan(0.97)
      }
    }
  })
})

test('what a batch costs without guesses stays known, also while few batches bring much', () => {
  // Perfect guesses bring two fifths, until the machine does batches of four a third faster, and of others no more.
  const cost = new BatchCost()
  const draftCost = new BatchCost()
  let plain = 125
  const costOf = (tokens: number) => (tokens === 4 ? plain : 20 * tokens)
  for (const tokens of [1, 2, 4, 8, 16, 32, 48]) {
    cost.observe(tokens, costOf(tokens))
    draftCost.observe(tokens, 5 + tokens)
  }
  const controller = new SpeculationController(cost, draftCost)
  const draft = { chances: Array.from({ length: 11 }, () => 1), behind: 1, horizon: 64, isUntried: false }
  const runs = [0, 1, 2, 3].map((sequence) => ({ sequence, tokens: 1, room: 60, chances: [], draft }))
  const depths = (batches: number) =>
    Array.from({ length: batches }, () => {
      const [depth = 0] = controller.plan({ most: 64, runs }).drafts
      controller.learn({
        shares: runs.map(({ sequence }) => ({ sequence, tokens: 1 + depth })),
        plainShares: runs,
        choices: 4 * (1 + depth),
        milliseconds: costOf(4 + 4 * depth),
        guessMilliseconds: depth > 0 ? 13 + 9 * (depth - 1) : 0,
      })
      return depth
    })
  const before = depths(40)
  expect(before.filter((depth) => depth > 0).length).toBeGreaterThan(30)
  expect(before).toContain(0)
  plain = 85
  depths(60)
  expect(Math.max(...depths(20))).toBe(0)
})

test('a draft model that would bring little is not used: what it reads and what is not known exactly would eat it', () => {
  const drafts = (runs: number, ofBatch: number, draftMilliseconds: number) => {
    const [cost, draftCost] = [new BatchCost(), new BatchCost()]
    for (const tokens of [1, 2, 4, 8, 12, 16, 24]) {
      cost.observe(tokens, ofBatch + 16 * tokens)
      draftCost.observe(tokens, draftMilliseconds * tokens)
    }
    const draft = { chances: Array.from({ length: 11 }, () => 1), behind: 2, horizon: 64, isUntried: false }
    const views = Array.from({ length: runs }, (_, sequence) => ({ sequence, tokens: 1, room: 11, chances: [], draft }))
    return new SpeculationController(cost, draftCost).plan({ most: 64, runs: views }).drafts
  }
  // 12 tokens in 220 ms instead of 240, and in 202.
  expect(drafts(1, 4, 2)).toEqual([0])
  expect(drafts(1, 4, 0.5)).toEqual([11])
  // 24 tokens in 404 ms instead of 480, and in 412 instead of 576: what is enough for one is not for two.
  expect(drafts(2, 8, 0.5)).toEqual([0, 0])
  expect(drafts(2, 16, 0.5)).toEqual([11, 11])
})
