import { type PatternPart, patternParts } from '../regular-expression/pattern-expression.ts'
import { PatternProblem } from '../regular-expression/pattern-problem.ts'
import type { Alternative } from './expand-conjunction.ts'
import { comesWithPattern, formatPattern, impliesPattern, isHarmlessFormat } from './formats.ts'
import { isJsonObject } from './json-value.ts'
import { KeywordReader } from './keywords.ts'
import { narrowerPattern } from './narrower-patterns.ts'
import type { SchemaContext } from './schema-context.ts'
import type { Subschema } from './subschema.ts'

/** What is said of strings. Lengths are in code points. */
export interface TextFacts {
  readonly least: { readonly value: number; readonly path: string }
  readonly most?: { readonly value: number; readonly path: string }
  /** The texts must belong to each of these, and to none that is negated. They are over the characters of the value. */
  readonly patterns: readonly TextPattern[]
}

export interface TextPattern extends PatternPart {
  readonly path: string
}

const known = new Map<string, readonly PatternPart[]>()
const mostKnown = 256

/** `mayBeText`: whether a value may be a string at all; otherwise formats that are not known say nothing. */
export function readTextFacts(context: SchemaContext, schemas: Alternative, mayBeText: boolean): TextFacts {
  let least = { value: 0, path: '' }
  let most: TextFacts['most']
  const patterns = new Map<string, readonly TextPattern[]>()
  for (const schema of schemas) {
    const read = new KeywordReader(context, schema)
    const min = read.count('minLength')
    const max = read.count('maxLength')
    if (min !== undefined && min > least.value) least = { value: min, path: read.pathOf('minLength') }
    if (max !== undefined && (!most || max < most.value)) most = { value: max, path: read.pathOf('maxLength') }
    const pattern = read.text('pattern')
    if (pattern !== undefined && !impliesPattern(schema.keywords.format, pattern))
      addPattern(pattern, read.pathOf('pattern'))
    const format = read.text('format')
    if (format === undefined || isHarmlessFormat(format) || !mayBeText) continue
    const source = formatPattern(format, max)
    if (source !== undefined) addPattern(source, read.pathOf('format'))
    else if (!comesWithPattern(format) || !hasPattern(schema.keywords))
      context.drop(read.pathOf('format'), `The format "${format.slice(0, 60)}" cannot be enforced`)
  }
  return { least, patterns: [...patterns.values()].flat(), ...(most ? { most } : {}) }

  function addPattern(source: string, path: string): void {
    if (patterns.has(source)) return
    const parts = readPattern(context, source, path)
    if (parts)
      patterns.set(
        source,
        parts.map((part) => ({ ...part, path })),
      )
  }
}

/** Whether it has a pattern, or several, as zod writes them. */
function hasPattern({ pattern, allOf }: Subschema['keywords']): boolean {
  return pattern !== undefined || (Array.isArray(allOf) && allOf.some((each) => isJsonObject(each) && hasPattern(each)))
}

/** The parts of a pattern. Undefined: it has been dropped. */
export function readPattern(context: SchemaContext, source: string, path: string): readonly PatternPart[] | undefined {
  const before = known.get(source)
  if (before) return before
  context.spend(20 + source.length, path)
  try {
    const parts = patternParts(narrowerPattern(source))
    if (known.size < mostKnown) known.set(source, parts)
    return parts
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error
    context.drop(path, `The pattern cannot be enforced: ${error.message}`)
    return undefined
  }
}
