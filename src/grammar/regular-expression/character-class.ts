import type { AST } from '@eslint-community/regexpp'
import { complementRanges, intersectRanges, type Ranges, rangesOf } from '../expressions.ts'
import { PatternProblem } from './pattern-problem.ts'

const digits: Ranges = [[0x30, 0x39]]
const wordCharacters: Ranges = rangesOf([...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]])
/** WhiteSpace and LineTerminator of ECMA-262. */
const spaces: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const lineEnds: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

const escapes = { digit: digits, space: spaces, word: wordCharacters }

const properties = new Map<string, Ranges>()

/** The characters that one piece of a pattern stands for. Throws `PatternProblem` for what is not one character. */
export function rangesOfClass(node: AST.Character | AST.CharacterSet | AST.CharacterClass): Ranges {
  if (node.type === 'Character') return [[node.value, node.value]]
  if (node.type === 'CharacterSet') return rangesOfSet(node)
  if (node.unicodeSets) throw new PatternProblem('classes with set operations cannot be enforced')
  const ranges = rangesOf(
    node.elements.flatMap((element) => rangesOfElement(element as AST.ClassRangesCharacterClassElement)),
  )
  return node.negate ? complementRanges(ranges) : ranges
}

function rangesOfElement(element: AST.ClassRangesCharacterClassElement): Ranges {
  return element.type === 'CharacterClassRange' ? [[element.min.value, element.max.value]] : rangesOfClass(element)
}

function rangesOfSet(node: AST.CharacterSet): Ranges {
  if (node.kind === 'any') return complementRanges(lineEnds)
  const ranges = node.kind === 'property' ? rangesOfProperty(propertyOf(node)) : escapes[node.kind]
  return node.negate ? complementRanges(ranges) : ranges
}

function propertyOf({ key, value }: AST.UnicodePropertyCharacterSet): string {
  return value === null ? key : `${key}=${value}`
}

/** Asks the engine that runs us, whose tables of Unicode are the ones that validators here use too. */
function rangesOfProperty(property: string): Ranges {
  const known = properties.get(property)
  if (known) return known
  if (properties.size >= 64) throw new PatternProblem('too many different Unicode properties')
  const ranges: [number, number][] = []
  for (const found of everything().matchAll(new RegExp(`\\p{${property}}+`, 'gu'))) {
    const letters = found[0]
    const last = letters.codePointAt(letters.length - (letters.length > 1 && isLow(letters) ? 2 : 1)) ?? 0
    ranges.push([letters.codePointAt(0) ?? 0, last])
  }
  const result = splitAtSurrogates(rangesOf(ranges))
  properties.set(property, result)
  return result
}

/** A run in the text of all characters jumps over the surrogates, which are not in that text. */
function splitAtSurrogates(ranges: Ranges): Ranges {
  return intersectRanges(ranges, [
    [0, 0xd7ff],
    [0xe000, 0x10ffff],
  ])
}

function isLow(letters: string): boolean {
  const last = letters.charCodeAt(letters.length - 1)
  return last >= 0xdc00 && last <= 0xdfff
}

let all: string | undefined

/** All characters in order. */
function everything(): string {
  if (all !== undefined) return all
  const units = new Uint16Array(0xf800 + 2 * 0x100000)
  let at = 0
  for (let code = 0; code <= 0xffff; code++) if (code < 0xd800 || code > 0xdfff) units[at++] = code
  for (let code = 0x10000; code <= 0x10ffff; code++) {
    units[at++] = 0xd7c0 + (code >> 10)
    units[at++] = 0xdc00 + (code & 0x3ff)
  }
  all = new TextDecoder('utf-16le', { ignoreBOM: true }).decode(units)
  return all
}
