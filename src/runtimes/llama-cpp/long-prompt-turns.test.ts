import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { LongPromptTurns } from './long-prompt-turns.ts'

interface Machine {
  /** Milliseconds of a batch of so many tokens of those who generate. */
  readonly alone: (tokens: number) => number
  /** That so many tokens of a long prompt add to it. */
  readonly piece: (tokens: number) => number
}

/** Two cores: a small piece takes several times as long a token as one of 64. */
const twoCores: Machine = {
  alone: (tokens) => 6 + 3 * tokens,
  piece: (tokens) => (tokens < 64 ? 30 + 8 * tokens : 5 * tokens),
}
const gpu: Machine = { alone: () => 8, piece: (tokens) => tokens / 100 }

interface Batch {
  readonly others: number
  readonly tokens: number
  readonly milliseconds: number
}

/** Batches of so many who generate, beside a prompt that never ends, after it was read alone for a while. */
function beside(
  machine: Machine,
  { writers = 1, batches = 2000, beginsEvery = Infinity, noise = (): number => 1 } = {},
): Batch[] {
  const turns = new LongPromptTurns()
  for (const tokens of [512, 64, 128])
    turns.went({ others: 0, tokens, milliseconds: machine.piece(tokens), isWaiting: true, hasBeginners: false })
  return Array.from({ length: batches }, (_, index) => {
    const hasBeginners = index % beginsEvery === beginsEvery - 1
    const others = writers + (hasBeginners ? 40 : 0)
    const tokens = turns.tokens({ tokens: others, hasBeginners }, 512 - others)
    const milliseconds = (machine.alone(others) + (tokens > 0 ? machine.piece(tokens) : 0)) * noise()
    turns.went({ others, tokens, milliseconds, isWaiting: true, hasBeginners })
    return { others, tokens, milliseconds }
  })
}

const sum = (batches: readonly Batch[], of: (batch: Batch) => number) =>
  batches.reduce((all, batch) => all + of(batch), 0)
/** How many times as long as alone. */
const slowdownOf = (batches: readonly Batch[], { alone }: Machine) =>
  sum(batches, ({ milliseconds }) => milliseconds) / sum(batches, ({ others }) => alone(others))

describe('the turns of long prompts', () => {
  test('where small pieces are dear, time is gathered for large ones', () => {
    const batches = beside(twoCores).slice(500)
    const pieces = batches.filter(({ tokens }) => tokens > 0)
    expect(sum(pieces, ({ tokens }) => tokens) / pieces.length).toBeGreaterThan(40)
    expect(Math.max(...pieces.map(({ tokens }) => tokens))).toBe(64)
  })
  test('where a piece costs next to nothing, one comes with every batch', () => {
    expect(
      beside(gpu)
        .slice(10)
        .every(({ tokens }) => tokens > 200),
    ).toBe(true)
  })
  test('those who generate take at most 1.75 times as long, whatever the machine costs and however it drifts', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed)
      const [first, more] = [random.between(1, 200), random.between(1, 40) / 10]
      const [start, small, large] = [random.between(0, 40), random.between(1, 100) / 10, random.between(1, 50) / 10]
      const machine: Machine = {
        alone: (tokens) => first + more * tokens,
        piece: (tokens) => start + (tokens < 64 ? Math.max(small, large) : large) * tokens,
      }
      const batches = beside(machine, { writers: random.between(1, 16), noise: () => random.between(90, 110) / 100 })
      // What is not known yet may cost more than was thought.
      expect(slowdownOf(batches.slice(500), machine)).toBeLessThan(1.9)
      let without = 0
      for (const { tokens } of batches) {
        without = tokens > 0 ? 0 : without + 1
        expect(without).toBeLessThan(64)
      }
    }
  })
  test('whoever is about to begin is left alone, unless it costs nothing', () => {
    const isBeginning = ({ others }: Batch) => others > 1
    expect(sum(beside(twoCores, { beginsEvery: 5, batches: 60 }).filter(isBeginning), ({ tokens }) => tokens)).toBe(0)
    const dear = { ...gpu, piece: (tokens: number) => tokens / 10 }
    expect(sum(beside(dear, { beginsEvery: 5 }).filter(isBeginning), ({ tokens }) => tokens)).toBe(0)
    expect(
      beside(gpu, { beginsEvery: 5 })
        .filter(isBeginning)
        // What they cost alone has to be seen once.
        .slice(1)
        .every(({ tokens }) => tokens >= 32),
    ).toBe(true)
  })
  test('a short chat after another one waits for no piece of the time that the first one left', () => {
    // 24 tokens after each beginning: too few for a piece of 64, whose time is gathered by all of them.
    const batches = beside(twoCores, { beginsEvery: 25, batches: 5000 }).slice(500)
    const pieces = batches.flatMap(({ tokens }, index) => (tokens > 0 ? [index] : []))
    for (const [place, index] of pieces.entries()) if (place > 0) expect(index - (pieces[place - 1] ?? 0)).toBe(64)
    expect(Math.max(...pieces.map((index) => batches[index]?.tokens ?? 0))).toBeGreaterThan(40)
    expect(slowdownOf(batches, twoCores)).toBeLessThan(1.75)
  })
  test('a long prompt goes on however many begin, at no more than twice their time', () => {
    const batches = beside(twoCores, { beginsEvery: 1 })
    expect(batches.filter(({ tokens }) => tokens > 0).length).toBeGreaterThan(2000 / 65)
    for (const { tokens, milliseconds, others } of batches.slice(500))
      if (tokens > 1) expect(milliseconds).toBeLessThan(2.5 * twoCores.alone(others))
  })
})
