import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import type { Run } from '../run.ts'
import { Acceptance } from './acceptance.ts'
import { BatchCost } from './batch-cost.ts'
import { SpeculationController } from './controller.ts'
import { DraftRecord, RunDraft } from './run-draft.ts'

/** Milliseconds of a batch of so many tokens. */
type CostCurve = (tokens: number) => number

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
    const prospects = runs.map(({ own }) => ({
      chances: Array.from({ length: 16 }, (_, at) => own.chance(0) ** (at + 1)),
    }))
    const counts = controller.plan({ tokens: writers, most: 128, runs: prospects }).lookups
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
    const tokens = writers + counts.reduce((total, count) => total + count, 0)
    const noise = 0.94 + 0.12 * random.next() + (random.chance(0.01) ? random.next() : 0)
    const milliseconds = curve(tokens) * speed * noise
    controller.learn({ tokens, plainTokens: writers, writers, choices, milliseconds, guessMilliseconds: 0 })
    sum.spent += milliseconds
    sum.plain += (curve(writers) * speed * choices) / writers
    sum.guesses += tokens - writers
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
  test.each([0, 0.2, 0.5, 0.9, 0.98])('of which guesses are right in %d of all cases', (chance) => {
    for (const curve of [cpu, gpu, linear]) {
      const possible = possibleGain(curve, writers, chance)
      for (let seed = 1; seed <= 2; seed++) {
        const gain = gainOf(simulate({ curve, writers, chanceOf: () => chance, seed }, 2500))
        // Next to nothing is lost where there is nothing to win; where there is more than the twentieth that is not
        // looked for, most of it is won.
        expect(gain).toBeGreaterThan(0.98)
        expect(gain).toBeGreaterThan(1 + 0.65 * (possible - 1) - 0.045)
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

test('guesses nothing at all where the text never repeats, and does not stop when there is nothing to lose', () => {
  expect(simulate({ curve: cpu, writers: 1, chanceOf: () => 0, seed: 5 }, 1000).guesses).toBeLessThan(30)
  expect(simulate({ curve: gpu, writers: 1, chanceOf: () => 0.95, seed: 5 }, 1000).guesses).toBeGreaterThan(5000)
})

/** A draft model beside a model, for one run: what it brings at which acceptance and at which cost of its own. */
function simulateDraft(curve: CostCurve, draftCurve: CostCurve, chance: number) {
  const random = new SeededRandom(9)
  const cost = new BatchCost()
  const draftCost = new BatchCost()
  for (const tokens of [1, 2, 4, 8]) {
    cost.observe(tokens, curve(tokens))
    draftCost.observe(tokens, draftCurve(tokens))
  }
  const controller = new SpeculationController(cost, draftCost)
  const record = new DraftRecord()
  const sum = { spent: 0, plain: 0 }
  // Ten answers, each after a prompt that the draft model has yet to read.
  for (let answer = 0; answer < 10; answer++) {
    const draft = new RunDraft(record)
    const tokens = Array.from({ length: 300 }, () => 1)
    let [behind, made] = [300, 0]
    for (const run = { tokens, promptLength: 300, remaining: 400 } as unknown as MutableRun; run.remaining > 1; ) {
      const { drafts } = controller.plan({
        tokens: 1,
        most: 64,
        runs: [{ chances: [], draft: draft.prospect(run, behind) }],
      })
      const depth = drafts[0] ?? 0
      let guessMilliseconds = 0
      for (let step = 0; step < depth; step++) {
        const read = step === 0 ? behind : 1
        const milliseconds = draftCurve(read) * (0.95 + 0.1 * random.next())
        draftCost.observe(read, milliseconds)
        guessMilliseconds += milliseconds
      }
      let right = 0
      while (right < depth && random.chance(chance)) right++
      if (depth > 0)
        draft.note(
          run,
          Array.from({ length: depth }, (_, at) => (at < right ? 1 : 2)),
        )
      made = 1 + right
      tokens.push(...Array.from({ length: made }, () => 1))
      behind = depth > 0 ? 1 : behind + made
      draft.learn(run)
      run.remaining -= made
      const milliseconds = curve(1 + depth) * (0.95 + 0.1 * random.next())
      controller.learn({
        tokens: 1 + depth,
        plainTokens: 1,
        writers: 1,
        choices: made,
        milliseconds,
        guessMilliseconds,
      })
      sum.spent += milliseconds + guessMilliseconds
      sum.plain += curve(1) * made
    }
  }
  return { gain: sum.plain / sum.spent }
}

type MutableRun = Run & { remaining: number }

describe('a draft model', () => {
  const small: CostCurve = (tokens) => 2 + 0.02 * tokens
  const dear: CostCurve = (tokens) => 4 + 1.5 * tokens

  test('that is cheap and mostly right is used, and wins most of what it can', () => {
    expect(simulateDraft(gpu, small, 0.9).gain).toBeGreaterThan(1.9)
    expect(simulateDraft(gpu, small, 0.6).gain).toBeGreaterThan(1.1)
  })

  test('that does not pay is left alone, and costs next to nothing', () => {
    for (const [curve, draftCurve, chance] of [
      [cpu, dear, 0.6],
      [cpu, dear, 0.9],
      [gpu, small, 0.05],
      [linear, small, 0.95],
    ] as const)
      expect(simulateDraft(curve, draftCurve, chance).gain).toBeGreaterThan(0.96)
  })
})
