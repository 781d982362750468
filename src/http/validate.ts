import type { TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler'
import { closest, distance } from 'fastest-levenshtein'
import { Bug, ServerError } from '../core/errors.ts'
import { describeExpected, describeFound } from './describe-schema.ts'

/**
 * Throws `invalid_parameter`, which names the field, what was found there and what belongs there, or
 * `unknown_parameter`, which names the field and the nearest one that there is.
 */
export type Validate = (value: unknown) => void

/** Something in a value that its schema does not allow. */
interface Problem {
  /** From the value down to the offending part. */
  readonly path: readonly string[]
  /** Everything that would have been right there. */
  readonly wanted: readonly TSchema[]
  readonly found: unknown
  readonly isMissing: boolean
  /** The field has no place in its object. */
  readonly isUnknown: boolean
}

/** Compiles a schema when it is first needed. `whole` is what the error calls the value when it is wrong altogether, as `body`. */
export function compileValidation(schema: TSchema, whole: string): Validate {
  // All of them together take longer than everything else at the start, and most are of routes that nobody asks.
  let compiled: TypeCheck<TSchema> | undefined
  return (value) => {
    compiled ??= TypeCompiler.Compile(schema)
    if (compiled.Check(value)) return
    const problem = mostTelling([...take(compiled.Errors(value), mostCompared)])
    if (!problem) throw new Bug('A value that fails its schema without an error.')
    if (problem.isUnknown) throw unknownParameter(problem)
    throw new ServerError('invalid_parameter', {
      param: toParam(problem.path) || whole,
      problem: describeProblem(problem),
    })
  }
}

function unknownParameter({ path, wanted }: Problem): ServerError {
  const name = path.at(-1) ?? ''
  const near = nearestName(name, Object.keys(wanted[0]?.properties ?? {}))
  const param = toParam([...path.slice(0, -1), name.slice(0, longestShownName)])
  return new ServerError('unknown_parameter', { param, ...(near !== undefined && { near }) })
}

/** The name that was most likely meant, if any is near enough to be worth a question. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || name.length > longestShownName) return undefined
  const near = closest(name.toLowerCase(), names)
  return distance(name.toLowerCase(), near) <= Math.ceil(name.length / 3) ? near : undefined
}

/** Characters of an unknown name that an error repeats. */
const longestShownName = 64

function describeProblem({ wanted, found, isMissing }: Problem): string {
  const schema = wanted.length === 1 && wanted[0] ? wanted[0] : ({ anyOf: wanted } as unknown as TSchema)
  const expected = describeExpected(schema)
  return isMissing
    ? `it is missing; expected ${expected}`
    : `expected ${expected}, found ${describeFound(found, schema)}`
}

/** Errors of one object that are compared at most: they come in the order of the schema's fields. */
const mostCompared = 8

const limits: ReadonlySet<ValueErrorType> = new Set([ValueErrorType.ArrayMinItems, ValueErrorType.ArrayMaxItems])

function* take<Item>(items: Iterable<Item>, most: number): Generator<Item> {
  let taken = 0
  for (const item of items) {
    yield item
    if (++taken === most) return
  }
}

/** The error that a reader can do most with, of those that a part of the value gave. */
function mostTelling(candidates: readonly ValueError[]): Problem | undefined {
  const [first] = candidates
  if (!first) return undefined
  // A wrong `type` explains why the fields of the right type are missing.
  const tag = first.type === ValueErrorType.ObjectRequiredProperty ? candidates.find(isWrongTag(first)) : undefined
  return toProblem(tag ?? first)
}

const parent = (path: string) => path.slice(0, path.lastIndexOf('/'))
const isWrongTag = (missing: ValueError) => (error: ValueError) =>
  isTag(error.schema) && error.value !== undefined && parent(error.path) === parent(missing.path)

/** One literal, or one of several; `null` beside them is as good as absent. */
const isTag = ({ const: literal, anyOf }: TSchema): boolean =>
  literal !== undefined ||
  (Array.isArray(anyOf) && anyOf.every((one) => one.const !== undefined || one.type === 'null'))

function toProblem(error: ValueError): Problem {
  const own: Problem = {
    path: error.path.split('/').slice(1).map(unescapePointer),
    wanted: [error.schema],
    found: error.value,
    isMissing: error.type === ValueErrorType.ObjectRequiredProperty,
    isUnknown: error.type === ValueErrorType.ObjectAdditionalProperties,
  }
  if (error.type !== ValueErrorType.Union) return own
  const variants = withoutOthers(
    error.errors.map((errors) => [...take(errors, mostCompared)]),
    error,
  )
  // A variant that is right but for its size is the one that was meant.
  const oversized = variants.find(([only, second]) => only && !second && limits.has(only.type))
  if (oversized?.[0]?.path === error.path) return own
  const inner = variants.map(mostTelling).filter((problem) => problem !== undefined)
  const furthest = inner.reduce((best, problem) => (compareReach(problem, best) > 0 ? problem : best), own)
  if (compareReach(furthest, own) === 0) return own
  // Variants that got equally far want one thing each at the same place.
  const equals = inner.filter((problem) => problem.path.join('/') === furthest.path.join('/'))
  return { ...furthest, wanted: equals.flatMap((problem) => problem.wanted) }
}

/** The variants that the value's own `type` speaks of, if there are any. */
function withoutOthers(variants: readonly ValueError[][], { path }: ValueError): readonly ValueError[][] {
  const isOther = (error: ValueError) => error.path === `${path}/type` && isTag(error.schema)
  if (!variants.some((errors) => errors.some(isOther))) return variants
  const meant = variants.filter((errors) => !errors.some((error) => error.path === path || isOther(error)))
  return meant.length > 0 ? meant : variants
}

/** More than 0 when the first problem lies further on in the value: its variant had accepted all that comes before. */
function compareReach(first: Problem, second: Problem): number {
  for (let depth = 0; depth < Math.min(first.path.length, second.path.length); depth++) {
    const difference = Number(first.path[depth]) - Number(second.path[depth])
    if (difference) return difference
  }
  return first.path.length - second.path.length
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** `messages[0].content`: the way in which OpenAI names a field. */
function toParam(path: readonly string[]): string {
  return path.map((part, depth) => (/^\d+$/.test(part) ? `[${part}]` : depth === 0 ? part : `.${part}`)).join('')
}
