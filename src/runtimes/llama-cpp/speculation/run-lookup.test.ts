import { expect, test } from 'bun:test'
import { lookupRecord, RunLookup } from './run-lookup.ts'

const passage = Array.from({ length: 200 }, (_, index) => 1000 + ((index * 7919) % 5000))

/** Says a text, one token after the other, and tells how likely the first guess was each time. */
function say(lookup: RunLookup, tokens: number[], text: readonly number[]): number[] {
  return text.map((token) => {
    tokens.push(token)
    lookup.extend(tokens)
    return lookup.prospect(48).chances[0] ?? 0
  })
}

test('the longer a text copies, the surer and the longer are its guesses', () => {
  const lookup = new RunLookup(lookupRecord())
  const tokens = [...passage, 1]
  const chances = say(lookup, tokens, passage.slice(20, 120))
  expect(chances[0]).toBe(0)
  expect(chances[1]).toBeLessThan(0.5)
  expect(chances.at(-1)).toBeGreaterThan(0.97)
  const { chances: all } = lookup.prospect(48)
  expect(all.length).toBeGreaterThan(40)
  expect(lookup.guess(tokens, 20)).toEqual(passage.slice(120, 140))
  expect(lookup.prospect(5).chances.length).toBe(5)
})

test('a text that only seems to copy is soon not believed, and that is remembered for the next one', () => {
  const record = lookupRecord()
  const misled = new RunLookup(record)
  const tokens = [...passage]
  // Two tokens as they stood, then another one: each time.
  const text = Array.from({ length: 40 }, (_, index) => [
    passage[index * 4] ?? 0,
    passage[index * 4 + 1] ?? 0,
    9 + index,
  ])
  const chances = text.map((piece) => say(misled, tokens, piece)[1] ?? 0)
  expect(chances[0]).toBeGreaterThan(0.15)
  expect(chances.at(-1)).toBeLessThan(0.05)
  const next = new RunLookup(record)
  expect(say(next, [...passage], passage.slice(0, 2))[1]).toBeLessThan(0.15)
})
