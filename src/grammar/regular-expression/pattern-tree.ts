import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { character, everyCharacter, intersectRanges, text } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import { rangesOfClass } from './character-class.ts'
import { PatternProblem } from './pattern-problem.ts'

/** A pattern before it is known where it is bound to the ends of the text. */
export type PatternTree =
  | { readonly type: 'part'; readonly expression: Expression }
  | { readonly type: 'sequence'; readonly parts: readonly PatternTree[] }
  | { readonly type: 'choice'; readonly options: readonly PatternTree[] }
  | { readonly type: 'repeat'; readonly part: PatternTree; readonly least: number; readonly most?: number }
  /** `^` and `$`. */
  | { readonly type: 'start' }
  | { readonly type: 'end' }
  /** A lookahead. */
  | { readonly type: 'look'; readonly part: PatternTree; readonly isNegated: boolean }

const maxLength = 4096
const maxDepth = 100
const parser = new RegExpParser({ ecmaVersion: 2025 })

/**
 * Reads an ECMA-262 pattern as JSON Schema wants it: with the `u` flag; and where it is none with that flag, without
 * (`\-` and the like). Throws `PatternProblem`.
 */
export function readPattern(pattern: string): PatternTree {
  if (pattern.length > maxLength) throw new PatternProblem(`it is longer than ${maxLength} characters`)
  if (depthOf(pattern) > maxDepth) throw new PatternProblem(`its groups are nested deeper than ${maxDepth}`)
  return treeOfAlternatives(parse(pattern).alternatives)
}

function parse(pattern: string): AST.Pattern {
  try {
    return parser.parsePattern(pattern, 0, pattern.length, { unicode: true })
  } catch (error) {
    const hasSurrogates = /[\ud800-\udfff]|\\u[dD][89a-fA-F]/.test(pattern)
    if (hasSurrogates || hasForeignEscapes(pattern)) throw invalid(error)
    try {
      return parser.parsePattern(pattern, 0, pattern.length, { unicode: false })
    } catch {
      throw invalid(error)
    }
  }
}

function invalid(error: unknown): PatternProblem {
  const message = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error)
  return new PatternProblem(`it is not a valid ECMA-262 regular expression: ${message}`, { cause: error })
}

/** Without the flag such letters stand for themselves, but who escapes a letter means something else (`\\Z` of Python). */
function hasForeignEscapes(pattern: string): boolean {
  return [...pattern.matchAll(/\\(.)/gs)].some(
    ([, letter = '']) => /[A-Za-z]/.test(letter) && !'dDsSwWbBnrtvfxcu'.includes(letter),
  )
}

function depthOf(pattern: string): number {
  let depth = 0
  let deepest = 0
  for (const letter of pattern) {
    if (letter === '(') deepest = Math.max(deepest, ++depth)
    else if (letter === ')') depth--
  }
  return deepest
}

function treeOfAlternatives(alternatives: readonly AST.Alternative[]): PatternTree {
  const options = alternatives.map(({ elements }): PatternTree => {
    const parts = elements.map(treeOf)
    return parts.length === 1 && parts[0] ? parts[0] : { type: 'sequence', parts }
  })
  return options.length === 1 && options[0] ? options[0] : { type: 'choice', options }
}

function treeOf(element: AST.Element): PatternTree {
  switch (element.type) {
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
      return treeOfCharacter(element)
    case 'Group':
      if (element.modifiers) throw new PatternProblem(`modifiers ("${element.raw.slice(0, 6)}") cannot be enforced`)
      return treeOfAlternatives(element.alternatives)
    case 'CapturingGroup':
      return treeOfAlternatives(element.alternatives)
    case 'Quantifier':
      return treeOfQuantifier(element)
    case 'Assertion':
      if (element.kind === 'start' || element.kind === 'end') return { type: element.kind }
      if (element.kind === 'lookahead')
        return { type: 'look', part: treeOfAlternatives(element.alternatives), isNegated: element.negate }
      throw new PatternProblem(
        `${element.kind === 'word' ? 'word boundaries' : element.kind} ("${element.raw}") cannot be enforced`,
      )
    case 'Backreference':
      throw new PatternProblem(`a reference back ("${element.raw}") cannot be enforced`)
    default:
      throw new PatternProblem(`"${element.raw}" cannot be enforced`)
  }
}

function treeOfCharacter(element: AST.Character | AST.CharacterSet | AST.CharacterClass): PatternTree {
  const ranges = intersectRanges(rangesOfClass(element), everyCharacter)
  const isText = element.type === 'Character' && ranges.length === 1
  return { type: 'part', expression: isText ? text(String.fromCodePoint(element.value)) : character(ranges) }
}

function treeOfQuantifier({ element, min, max }: AST.Quantifier): PatternTree {
  const part = treeOf(element)
  return Number.isFinite(max) ? { type: 'repeat', part, least: min, most: max } : { type: 'repeat', part, least: min }
}
