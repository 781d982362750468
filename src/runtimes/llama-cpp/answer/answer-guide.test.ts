import { describe, expect, test } from 'bun:test'
import { character, choice, sequence, text } from '../../../grammar/expressions.ts'
import type { Expression } from '../../../grammar/grammar.ts'
import { compileGrammar } from '../../../grammar/machine/compile-grammar.ts'
import { createConstrainer } from '../../../grammar/machine/constrainer.ts'
import { AnswerGuide, GuideProblem } from './answer-guide.ts'
import { smallVocabulary, textTokensOf } from './text-tokens.fixture.ts'

const vocabulary = smallVocabulary(['{"', 'name', '":', ' "', ' "a', '"}', 'ab'])
const [open, name, colon, quote, quoteA, close, ab] = [257, 258, 259, 260, 261, 262, 263]
const letters = character([[97, 122]])
const string: Expression = sequence(text('"'), { type: 'repeat', part: letters, least: 0 }, text('"'))
const object = sequence(text('{"name": '), string, text('}'))

function guideOf(root: Expression, { predicts = true } = {}) {
  const constrainer = createConstrainer(vocabulary)
  const compiled = compileGrammar({ root, rules: {} })
  return new AnswerGuide({ begin: () => constrainer.begin(compiled), text: textTokensOf(vocabulary), predicts })
}
const written = (tokens: readonly number[] = []) => tokens.map((token) => vocabulary.textOf(token)).join('')

describe('what must come', () => {
  test('comes without being asked for, up to where the model might want a longer token', () => {
    const guide = guideOf(object)
    expect(guide.advance([], 50)).toEqual({ tokens: [open, name, colon], isClosed: false })
    // ` "a` may stand in place of ` "`.
    expect(guide.allows(quote)).toBe(true)
    expect(guide.allows(quoteA)).toBe(true)
    expect(guide.advance([quoteA], 50)).toEqual({ tokens: [quoteA], isClosed: false })
    expect(guide.advance([close], 50)).toEqual({ tokens: [close], isClosed: false })
    expect(guide.isOver).toBe(true)
  })
  test('comes to the very end where nothing else may', () => {
    const guide = guideOf(text('{"name": "ab"}'))
    const { tokens } = guide.advance([], 50) ?? {}
    expect(written(tokens)).toBe('{"name": "ab"}')
    expect(guide.isOver).toBe(true)
  })
  test('waits to be chosen where that is to be measured', () => {
    expect(guideOf(object, { predicts: false }).advance([], 50)?.tokens).toEqual([])
  })
})

describe('the room of an answer', () => {
  test('is closed the shortest way before it is used up', () => {
    const guide = guideOf(object)
    const tokens = [...(guide.advance([], 8)?.tokens ?? []), ...(guide.advance([quoteA], 5)?.tokens ?? [])]
    // Each leaves room for the end.
    for (let room = 4; ; room--) {
      const step = guide.advance([ab], room)
      tokens.push(...(step?.tokens ?? []))
      if (step?.isClosed) break
    }
    expect(written(tokens)).toBe('{"name": "aababab"}')
    expect(tokens.length).toBe(8)
    expect(guide.isOver).toBe(false)
  })
  test('says how much there must be at least', () => {
    expect(guideOf(object).missing(5)).toBeUndefined()
    expect(guideOf(object).missing(4)).toBe(5)
  })
  test('never takes the way that has no end in it', () => {
    const guide = guideOf(choice(text('ab'), sequence(text('name'), text('x'.repeat(20)))))
    expect(guide.advance([name], 10)).toEqual({ tokens: [ab], isClosed: true })
  })
  test('holds for answers of any length', () => {
    for (let most = 6; most < 40; most++) {
      const guide = guideOf(object)
      const tokens = [...(guide.advance([], most)?.tokens ?? [])]
      for (let isClosed = false; !isClosed && !guide.isOver; ) {
        const allowed = Array.from({ length: vocabulary.size }, (_, token) => token).filter((token) =>
          guide.allows(token),
        )
        const token = allowed[Math.floor(Math.random() * allowed.length)] ?? -1
        const step = guide.advance([token], most - tokens.length)
        tokens.push(...(step?.tokens ?? []))
        isClosed = step?.isClosed ?? true
      }
      expect(tokens.length).toBeLessThanOrEqual(most)
      expect(JSON.parse(written(tokens)).name).toBeString()
    }
  })
})

test('tokens that are not allowed leave the guide where it is', () => {
  const guide = guideOf(object)
  guide.advance([], 50)
  expect(guide.advance([quoteA, open], 50)).toBeUndefined()
  expect(guide.advance([quote], 50)?.tokens).toEqual([quote])
})

test('a grammar that gives up is told as such', () => {
  const begin = () => {
    throw new Error('too many ways')
  }
  expect(() => new AnswerGuide({ begin, text: textTokensOf(vocabulary), predicts: true })).toThrow(GuideProblem)
})
