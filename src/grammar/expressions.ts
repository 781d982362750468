import type { Expression } from './grammar.ts'

/** Code points in order and apart, both ends included. */
export type Ranges = readonly (readonly [first: number, last: number])[]

/** Every character that text can hold: all code points but the surrogates. */
export const everyCharacter: Ranges = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
]

/** Matches the empty text. */
export const nothing: Expression = { type: 'text', text: '' }

/** Matches no text at all. */
export const never: Expression = { type: 'choice', options: [] }

export function text(value: string): Expression {
  return { type: 'text', text: value }
}

/** A control token by its name. */
export function special(value: string): Expression {
  return { type: 'special', text: value }
}

/** One after the other. Sequences inside are opened, and texts side by side are joined. */
export function sequence(...parts: readonly Expression[]): Expression {
  const flat: Expression[] = []
  for (const part of parts.flatMap((each) => (each.type === 'sequence' ? each.parts : [each]))) {
    const last = flat.at(-1)
    if (isNothing(part)) continue
    if (part.type === 'text' && last?.type === 'text') flat[flat.length - 1] = text(last.text + part.text)
    else flat.push(part)
  }
  if (flat.some(isNever)) return never
  return flat.length === 1 && flat[0] ? flat[0] : flat.length === 0 ? nothing : { type: 'sequence', parts: flat }
}

/** Any one of them. Choices inside are opened. */
export function choice(...options: readonly Expression[]): Expression {
  const flat = options.flatMap((each) => (each.type === 'choice' ? each.options : [each]))
  return flat.length === 1 && flat[0] ? flat[0] : { type: 'choice', options: flat }
}

/** From `least` to `most` times; without `most`, without end. */
export function repeat(part: Expression, least = 0, most?: number): Expression {
  if (most !== undefined && most < least) return never
  if (most === 0 || isNothing(part)) return nothing
  if (isNever(part)) return least === 0 ? nothing : never
  if (least === 1 && most === 1) return part
  return most === undefined ? { type: 'repeat', part, least } : { type: 'repeat', part, least, most }
}

export function optional(part: Expression): Expression {
  return repeat(part, 0, 1)
}

/** One character out of ranges that are in order and apart (see `rangesOf`). Surrogates are left out. */
export function character(ranges: Ranges): Expression {
  const kept = intersectRanges(ranges, everyCharacter)
  const [only] = kept
  if (!only) return never
  if (kept.length === 1 && only[0] === only[1]) return text(String.fromCodePoint(only[0]))
  return { type: 'character', ranges: kept }
}

export const anyCharacter: Expression = { type: 'character', ranges: everyCharacter }

export function isNothing(expression: Expression): boolean {
  return expression.type === 'text' && expression.text === ''
}

export function isNever(expression: Expression): boolean {
  return expression.type === 'choice' && expression.options.length === 0
}

/** Ranges in any order, also overlapping, brought in order and apart. */
export function rangesOf(ranges: Ranges): Ranges {
  const result: [number, number][] = []
  for (const [first, last] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const before = result.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else result.push([first, last])
  }
  return result
}

/** The ranges of the characters of a text. */
export function charactersOf(value: string): Ranges {
  return rangesOf([...value].map((each) => [codeOf(each), codeOf(each)]))
}

/** All code points that are not in the ranges, surrogates included. */
export function complementRanges(ranges: Ranges): Ranges {
  const result: [number, number][] = []
  let next = 0
  for (const [first, last] of ranges) {
    if (first > next) result.push([next, first - 1])
    next = last + 1
  }
  if (next <= 0x10ffff) result.push([next, 0x10ffff])
  return result
}

export function intersectRanges(left: Ranges, right: Ranges): Ranges {
  const result: [number, number][] = []
  let at = 0
  for (const [first, last] of left) {
    while (at > 0 && (right[at - 1]?.[1] ?? -1) >= first) at--
    for (; at < right.length; at++) {
      const [start, end] = right[at] ?? [0, -1]
      if (start > last) break
      if (end >= first) result.push([Math.max(first, start), Math.min(last, end)])
    }
  }
  return result
}

function codeOf(value: string): number {
  return value.codePointAt(0) ?? 0
}
