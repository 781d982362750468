import { describe, expect, test } from 'bun:test'
import { planBatch } from './batch-plan.ts'
import type { Run } from './run.ts'

interface Known {
  /** Tokens of the prompt; absent: all but the last one that is known. */
  readonly prompt?: number
  readonly wantsChances?: boolean
  readonly wantsPromptChances?: boolean
  readonly sequence?: number
}

/** As much of a run as a plan looks at: so many tokens known, so many of them in the slot. */
function run(
  known: number,
  inSlot: number,
  { prompt = known - 1, wantsChances, wantsPromptChances, sequence = 0 }: Known = {},
): Run {
  return {
    tokens: Array.from({ length: known }, (_, index) => index),
    slot: { sequence, tokens: Array.from({ length: inSlot }, (_, index) => index) },
    pending: known - inSlot,
    promptLength: prompt,
    isReading: inSlot < prompt,
    wantsPromptChances: wantsPromptChances ?? false,
    ...(wantsChances && { chances: {} }),
  } as unknown as Run
}

const room = (tokens: number) => ({ tokens, tokensWithLogits: 16 })
/** Tokens, guesses, and how many of both have logits. */
const sizes = (runs: Run[], tokens: number, guesses = new Map<Run, number[]>()) =>
  planBatch(runs, guesses, room(tokens)).map((part) => [
    part.tokens.length,
    part.guesses.length,
    part.tokens.length + part.guesses.length - part.firstWithLogits,
  ])

describe('the plan of a batch', () => {
  test('every run that generates is in it, before any prompt', () => {
    expect(sizes([run(1000, 0), run(11, 10), run(21, 20)], 512)).toEqual([
      [1, 0, 1],
      [1, 0, 1],
      [510, 0, 0],
    ])
  })
  test('is in the order of the sequences: any other is decoded one after the other', () => {
    const runs = [
      run(11, 10, { sequence: 3 }),
      run(40, 0, { sequence: 1 }),
      run(11, 10, { sequence: 0 }),
      run(9, 0, { sequence: 2 }),
    ]
    expect(planBatch(runs, new Map(), room(512)).map((part) => part.run.slot.sequence)).toEqual([0, 1, 2, 3])
  })
  test('prompts share what is left, and a short one does not wait for a long one', () => {
    expect(sizes([run(4000, 0), run(20, 0)], 512)).toEqual([
      [20, 0, 1],
      [492, 0, 0],
    ])
    expect(sizes([run(4000, 0), run(3000, 0)], 512)).toEqual([
      [256, 0, 0],
      [256, 0, 0],
    ])
  })
  test('beside others a long prompt is read in pieces, or waits, and a short one is read in one go', () => {
    const asked: unknown[] = []
    let piece = 7
    const beside = (others: unknown) => {
      asked.push(others)
      return piece
    }
    const counts = (runs: Run[]) =>
      planBatch(runs, new Map(), { ...room(512), beside }).map((part) => part.tokens.length)
    expect(counts([run(4000, 0), run(11, 10)])).toEqual([1, 7])
    expect(counts([run(4000, 0), run(40, 0), run(11, 10)])).toEqual([1, 40, 7])
    piece = 0
    expect(counts([run(4000, 0), run(40, 0), run(11, 10)])).toEqual([1, 40])
    expect(asked).toEqual([
      { tokens: 1, hasBeginners: false },
      { tokens: 41, hasBeginners: true },
      { tokens: 41, hasBeginners: true },
    ])
    // Nobody else is there, or no long prompt.
    expect(counts([run(4000, 0)])).toEqual([512])
    expect(counts([run(40, 0), run(11, 10)])).toEqual([1, 40])
    expect(asked).toHaveLength(3)
  })
  test('takes up a prompt where it was left', () => {
    const [part] = planBatch([run(700, 512)], new Map(), room(512))
    expect(part?.tokens[0]).toBe(512)
    expect(part?.tokens.length).toBe(188)
  })
  test('guesses come after their token, as far as there is room', () => {
    const generating = run(11, 10)
    expect(sizes([generating], 4, new Map([[generating, [1, 2, 3, 4, 5]]]))).toEqual([[1, 3, 4]])
  })
  test('a run that knows several tokens reads all of them at once, and guesses come after the last', () => {
    const forced = run(15, 10, { prompt: 9 })
    expect(sizes([forced, run(11, 10)], 64, new Map([[forced, [1, 2]]]))).toEqual([
      [5, 2, 3],
      [1, 0, 1],
    ])
    // Where there is no room for all of them, nothing is chosen yet, and everybody else still has a token.
    expect(sizes([forced, run(11, 10)], 4, new Map([[forced, [1, 2]]]))).toEqual([
      [3, 0, 0],
      [1, 0, 1],
    ])
  })
  test('logits are wanted wherever a token comes next whose chance is to be told', () => {
    expect(sizes([run(15, 10, { prompt: 9, wantsChances: true })], 64)).toEqual([[5, 0, 5]])
    expect(sizes([run(15, 5, { prompt: 10, wantsChances: true })], 64)).toEqual([[10, 0, 6]])
    expect(sizes([run(40, 0, { prompt: 40, wantsChances: true })], 64)).toEqual([[40, 0, 1]])
  })
  test('text that was foreseen is read in small pieces where its chances are wanted', () => {
    expect(sizes([run(300, 10, { prompt: 9, wantsChances: true })], 512)).toEqual([[16, 0, 16]])
    expect(sizes([run(300, 5, { prompt: 10, wantsChances: true })], 512)).toEqual([[20, 0, 16]])
  })
  test('a prompt whose own chances are wanted is read in small pieces', () => {
    expect(sizes([run(40, 0, { prompt: 40, wantsChances: true, wantsPromptChances: true })], 64)).toEqual([[16, 0, 16]])
  })
  test('guesses leave half of the batch to those who read', () => {
    const writers = Array.from({ length: 8 }, () => run(11, 10))
    const guesses = new Map(writers.map((writer) => [writer, [1, 2, 3, 4, 5, 6, 7, 8]]))
    const parts = planBatch([...writers, run(1000, 0)], guesses, room(64))
    expect(parts.at(-1)?.tokens.length).toBe(32)
    expect(parts.length).toBe(9)
  })
  test('never more than the room, never a token twice, for any runs', () => {
    for (let round = 0; round < 2000; round++) {
      const runs = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, () => {
        const inSlot = Math.floor(Math.random() * 100)
        return run(inSlot + 1 + (Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 900)), inSlot)
      })
      const parts = planBatch(runs, new Map(), room(64))
      expect(parts.reduce((sum, part) => sum + part.tokens.length, 0)).toBeLessThanOrEqual(64)
      expect(parts.length).toBeGreaterThan(0)
      for (const part of parts) {
        expect(part.tokens[0]).toBe(part.run.slot.tokens.length)
        const isComplete = part.run.slot.tokens.length + part.tokens.length === part.run.tokens.length
        expect(part.firstWithLogits).toBe(part.tokens.length - (isComplete ? 1 : 0))
      }
    }
  })
})
