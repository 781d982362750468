import { expect, test } from 'bun:test'
import { utf8Ranges } from './utf8-ranges.ts'

const isIn = (bytes: Uint8Array, ranges: ReturnType<typeof utf8Ranges>) =>
  ranges.some(
    (sequence) =>
      sequence.length === bytes.length &&
      sequence.every(([first, last], index) => first <= (bytes[index] ?? -1) && (bytes[index] ?? 256) <= last),
  )

test('the ranges of bytes hold the characters of the range, and no others', () => {
  const bounds = [0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]
  for (const first of bounds) {
    for (const last of bounds.filter((bound) => bound >= first)) {
      const ranges = utf8Ranges(first, last)
      const near = [...bounds.flatMap((bound) => [bound - 1, bound, bound + 1]), (first + last) >> 1]
      for (const codePoint of near.filter(
        (each) => each >= 0 && each <= 0x10ffff && (each < 0xd800 || each > 0xdfff),
      )) {
        const bytes = new TextEncoder().encode(String.fromCodePoint(codePoint))
        expect(isIn(bytes, ranges)).toBe(codePoint >= first && codePoint <= last)
      }
    }
  }
})

test('surrogates have no bytes', () => {
  expect(utf8Ranges(0xd800, 0xdfff)).toEqual([])
  expect(isIn(Uint8Array.of(0xed, 0xa0, 0x80), utf8Ranges(0, 0x10ffff))).toBe(false)
})

test('all of Unicode is nine sequences', () => {
  expect(utf8Ranges(0, 0x10ffff).length).toBe(9)
})
