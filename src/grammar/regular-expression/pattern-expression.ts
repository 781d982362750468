import { anyCharacter, choice, isNever, nothing, repeat, sequence } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import { PatternProblem } from './pattern-problem.ts'
import { type PatternTree, readPattern } from './pattern-tree.ts'

/** One way to match: what is matched, and whether it stands at the ends of the text. */
interface Variant {
  readonly parts: readonly PatternTree[]
  /** Lookaheads from the start of the text. */
  readonly looks: readonly (PatternTree & { readonly type: 'look' })[]
  readonly atStart: boolean
  readonly atEnd: boolean
}

const maxVariants = 64
/** How often nested counts may repeat in all, where the inner ones leave a choice. */
const maxNestedCount = 20_000

/** Texts that a pattern asks for; or, negated, texts that it does not allow. */
export interface PatternPart {
  readonly expression: Expression
  readonly isNegated: boolean
}

/**
 * All texts in which an ECMA-262 pattern is found, as JSON Schema's `pattern` means it: anywhere, unless `^` and `$`
 * bind it. They are the texts that belong to all parts; there is one part, and one more for each lookahead right behind
 * `^`. The expressions have no rules. Throws `PatternProblem` for what cannot be enforced.
 */
export function patternParts(pattern: string): readonly PatternPart[] {
  const tree = readPattern(pattern)
  checkCounts(tree, 1)
  const variants = variantsOf({ parts: [tree], looks: [], atStart: false, atEnd: false })
  const [only, another] = variants
  const main = { expression: expressionOfVariants(variants), isNegated: false }
  if (!only || another) {
    if (variants.some(({ looks }) => looks.length > 0)) throw misplacedLook()
    return [main]
  }
  const looks = only.looks.map(({ part, isNegated }) => {
    const seen = variantsOf({ parts: [part], looks: [], atStart: true, atEnd: false })
    if (seen.some((variant) => variant.looks.length > 0)) throw misplacedLook()
    return { expression: expressionOfVariants(seen), isNegated }
  })
  return [main, ...looks]
}

/** The same for a pattern that has no lookahead. */
export function patternExpression(pattern: string): Expression {
  const [main, another] = patternParts(pattern)
  if (!main || another) throw misplacedLook()
  return main.expression
}

function expressionOfVariants(variants: readonly Variant[]): Expression {
  const anything = repeat(anyCharacter)
  const options = variants.map(({ parts, atStart, atEnd }) =>
    sequence(atStart ? nothing : anything, expressionOfParts(parts), atEnd ? nothing : anything),
  )
  const possible = options.filter((option) => !isNever(option))
  if (possible.length === 0) throw new PatternProblem('no text matches it')
  return choice(...possible)
}

/** Takes anchors off both ends, and opens choices there whose options have different anchors. */
function variantsOf(variant: Variant): readonly Variant[] {
  const done: Variant[] = []
  const open = [variant]
  while (open.length > 0) {
    const next = open.pop()
    if (!next) break
    const ways = openStart(next) ?? openEnd(next)
    if (ways) open.push(...[...ways].reverse())
    else done.push(next)
    if (open.length + done.length > maxVariants) throw new PatternProblem('too many places of "^" and "$"')
  }
  return done
}

function openStart(variant: Variant): readonly Variant[] | undefined {
  const [first, ...rest] = variant.parts
  if (!first) return undefined
  if (first.type === 'look' && variant.atStart) return [{ ...variant, parts: rest, looks: [...variant.looks, first] }]
  if (first.type === 'start') return [{ ...variant, parts: rest, atStart: true }]
  if (!hasAnchor(first, 'start')) return undefined
  return openPart(first).map((parts) => ({ ...variant, parts: [...parts, ...rest] }))
}

function openEnd(variant: Variant): readonly Variant[] | undefined {
  const last = variant.parts.at(-1)
  const rest = variant.parts.slice(0, -1)
  if (!last) return undefined
  if (last.type === 'end') return [{ ...variant, parts: rest, atEnd: true }]
  if (!hasAnchor(last, 'end')) return undefined
  return openPart(last).map((parts) => ({ ...variant, parts: [...rest, ...parts] }))
}

function openPart(part: PatternTree): readonly (readonly PatternTree[])[] {
  if (part.type === 'sequence') return [part.parts]
  if (part.type === 'choice') return part.options.map((option) => [option])
  if (part.type === 'repeat' && part.most === 1) return [...(part.least === 0 ? [[]] : []), [part.part]]
  throw misplaced()
}

function hasAnchor(tree: PatternTree, type?: 'start' | 'end'): boolean {
  switch (tree.type) {
    case 'part':
    case 'look':
      return false
    case 'sequence':
      return tree.parts.some((part) => hasAnchor(part, type))
    case 'choice':
      return tree.options.some((option) => hasAnchor(option, type))
    case 'repeat':
      return hasAnchor(tree.part, type)
    default:
      return type === undefined || tree.type === type
  }
}

function expressionOfParts(parts: readonly PatternTree[]): Expression {
  return sequence(...parts.map(expressionOfTree))
}

function expressionOfTree(tree: PatternTree): Expression {
  switch (tree.type) {
    case 'part':
      return tree.expression
    case 'sequence':
      return expressionOfParts(tree.parts)
    case 'choice':
      return choice(...tree.options.map(expressionOfTree).filter((option) => !isNever(option)))
    case 'repeat':
      return repeat(expressionOfTree(tree.part), tree.least, tree.most)
    case 'look':
      throw misplacedLook()
    default:
      throw misplaced()
  }
}

function misplacedLook(): PatternProblem {
  return new PatternProblem('lookahead can be enforced only right behind "^", where no "|" parts the whole pattern')
}

function misplaced(): PatternProblem {
  return new PatternProblem('"^" and "$" can be enforced only where the text begins and ends')
}

/** Counts inside of counts multiply the places where a matcher can be at once. */
function checkCounts(tree: PatternTree, times: number): void {
  if (tree.type === 'sequence') for (const part of tree.parts) checkCounts(part, times)
  if (tree.type === 'choice') for (const option of tree.options) checkCounts(option, times)
  if (tree.type === 'look') checkCounts(tree.part, times)
  if (tree.type !== 'repeat') return
  const count = Math.max(tree.least, tree.most ?? 0, 1)
  if (times > 1 && count > 1 && times * count > maxNestedCount)
    throw new PatternProblem(`counts inside of counts repeat more than ${maxNestedCount} times in all`)
  checkCounts(tree.part, times * count)
}
