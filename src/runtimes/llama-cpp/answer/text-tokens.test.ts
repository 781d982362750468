import { describe, expect, test } from 'bun:test'
import { smallVocabulary, textTokensOf } from './text-tokens.fixture.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const [name, quoteName, colon, colonQuote] = [257, 258, 259, 260]
const more = ['name', '"name', '":', '": "']
const texts = textTokensOf(smallVocabulary(more))
const everything = () => true

describe('text in the middle of a text', () => {
  test('is cut as the tokenizer does', () => {
    expect(texts.cut(bytes('"name": '))).toEqual([quoteName, colon, 32])
  })
  test('has no space before it, even where the tokenizer puts one', () => {
    const spaced = textTokensOf(smallVocabulary([...more, ' name'], ' '))
    expect(spaced.cut(bytes('name'))).toEqual([name])
  })
  test('is cut into the first of several tokens of the same bytes', () => {
    // Half of a character, which is cut without the tokenizer.
    expect(textTokensOf(smallVocabulary([[0xe6], [0xe6], [0xe6]])).cut(Uint8Array.of(0xe6))).toEqual([0xe6])
  })
  test('may begin and end in the middle of a character', () => {
    const [first = 0, second = 0, third = 0] = bytes('日')
    expect(texts.cut(Uint8Array.of(second, third, 97, first, second))).toEqual([second, third, 97, first, second])
    expect(texts.cut(Uint8Array.of(0xff, 97))).toEqual([0xff, 97])
    expect(texts.cut(bytes('日name'))).toEqual([first, second, third, name])
  })
})

describe('a token that reaches further', () => {
  test('is found by its beginning', () => {
    expect(texts.mayMerge(bytes('":'), everything)).toBe(true)
    expect(texts.mayMerge(bytes('"na'), everything)).toBe(true)
    expect(texts.mayMerge(bytes('": "'), everything)).toBe(false)
    expect(texts.mayMerge(bytes('x'), everything)).toBe(false)
  })
  test('counts only where it is allowed', () => {
    expect(texts.mayMerge(bytes('":'), (token) => token !== colonQuote)).toBe(false)
  })
})
