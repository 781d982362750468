import { describe, expect, test } from 'bun:test'
import type { AddonModel } from './addon.ts'
import { readVocabulary, tokenBytes } from './vocabulary.ts'

const normal = 4
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('the bytes of a token', () => {
  test('byte-pair tokens are written in the byte alphabet', () => {
    expect(text(tokenBytes('Ġhello', 2, normal))).toBe(' hello')
    expect(text(tokenBytes('Ċ', 2, normal))).toBe('\n')
    expect([...tokenBytes('ðŁ', 2, normal)]).toEqual([0xf0, 0x9f])
  })
  test('sentence-piece tokens write a space as a mark and single bytes as numbers', () => {
    expect(text(tokenBytes('▁hello', 1, normal))).toBe(' hello')
    expect([...tokenBytes('<0xE6>', 1, 32)]).toEqual([0xe6])
  })
  test('added tokens stand for themselves, control tokens for nothing', () => {
    expect(text(tokenBytes('<tool>', 2, 16))).toBe('<tool>')
    expect(tokenBytes('<|im_end|>', 2, 8).length).toBe(0)
  })
  test('every byte has a character of its own', () => {
    // Tokens for all 256 bytes exist in every byte-level vocabulary; joined they must give each byte once.
    const seen = new Set<number>()
    for (let code = 0; code < 512; code++) {
      const bytes = tokenBytes(String.fromCodePoint(code), 2, normal)
      if (bytes.length === 1) seen.add(bytes[0] ?? -1)
    }
    expect(seen.size).toBe(256)
  })
})

test('a byte-pair vocabulary that spells spaces as SentencePiece does is read as it is spelled', () => {
  const texts = ['\u2581a', 'é\u2581là', '<0xE2>']
  const model = {
    getVocabularyType: () => 2,
    tokenize: () => Uint32Array.of(0, 0),
    getTokenString: (token: number) => texts[token],
    getTokenAttributes: (token: number) => (token === 2 ? 32 : 4),
    shouldPrependBosToken: () => false,
    shouldAppendEosToken: () => false,
    tokenBos: () => -1,
    tokenEos: () => -1,
    prefixToken: () => -1,
    suffixToken: () => -1,
    middleToken: () => -1,
  } as unknown as AddonModel
  const vocabulary = readVocabulary(model, 3)
  expect(texts.slice(0, 2).map((_, token) => new TextDecoder().decode(vocabulary.bytes(token)))).toEqual([' a', 'é là'])
  expect([...vocabulary.bytes(2)]).toEqual([0xe2])
})
