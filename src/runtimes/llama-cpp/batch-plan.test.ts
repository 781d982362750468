import { describe, expect, test } from 'bun:test'
import { planBatch } from './batch-plan.ts'
import type { Run } from './run.ts'

/** As much of a run as a plan looks at: so many tokens known, so many of them in the slot. */
const run = (known: number, inSlot: number) =>
  ({
    tokens: Array.from({ length: known }, (_, index) => index),
    slot: { sequence: 0, tokens: Array.from({ length: inSlot }, (_, index) => index) },
    get pending() {
      return known - inSlot
    },
  }) as unknown as Run

const sizes = (runs: Run[], room: number, guesses = new Map<Run, number[]>()) =>
  planBatch(runs, guesses, room).map(({ tokens, guesses: own, isComplete }) => [tokens.length, own.length, isComplete])

describe('the plan of a batch', () => {
  test('every run that generates is in it, before any prompt', () => {
    expect(sizes([run(1000, 0), run(11, 10), run(21, 20)], 512)).toEqual([
      [1, 0, true],
      [1, 0, true],
      [510, 0, false],
    ])
  })
  test('prompts share what is left, and a short one does not wait for a long one', () => {
    expect(sizes([run(4000, 0), run(20, 0)], 512)).toEqual([
      [20, 0, true],
      [492, 0, false],
    ])
    expect(sizes([run(4000, 0), run(3000, 0)], 512)).toEqual([
      [256, 0, false],
      [256, 0, false],
    ])
  })
  test('takes up a prompt where it was left', () => {
    const [part] = planBatch([run(700, 512)], new Map(), 512)
    expect(part?.tokens[0]).toBe(512)
    expect(part?.tokens.length).toBe(188)
  })
  test('guesses come after their token, as far as there is room', () => {
    const generating = run(11, 10)
    expect(sizes([generating], 4, new Map([[generating, [1, 2, 3, 4, 5]]]))).toEqual([[1, 3, true]])
  })
  test('guesses leave half of the batch to those who read', () => {
    const writers = Array.from({ length: 8 }, () => run(11, 10))
    const guesses = new Map(writers.map((writer) => [writer, [1, 2, 3, 4, 5, 6, 7, 8]]))
    const parts = planBatch([...writers, run(1000, 0)], guesses, 64)
    expect(parts.at(-1)?.tokens.length).toBe(32)
    expect(parts.length).toBe(9)
  })
  test('never more than the room, never a token twice, for any runs', () => {
    for (let round = 0; round < 2000; round++) {
      const runs = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, () => {
        const inSlot = Math.floor(Math.random() * 100)
        return run(inSlot + 1 + (Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 900)), inSlot)
      })
      const parts = planBatch(runs, new Map(), 64)
      expect(parts.reduce((sum, part) => sum + part.tokens.length, 0)).toBeLessThanOrEqual(64)
      expect(parts.length).toBeGreaterThan(0)
      for (const part of parts) {
        expect(part.tokens[0]).toBe(part.run.slot.tokens.length)
        expect(part.isComplete).toBe(part.run.slot.tokens.length + part.tokens.length === part.run.tokens.length)
      }
    }
  })
})
