import type { TArray, TObject, TRecord, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isGroup } from '../core/is-group.ts'
import { expected, found } from './expected.ts'
import { familiarKey } from './familiar-keys.ts'
import { nearestName } from './nearest-name.ts'

/** The way to a value: keys of groups and places in lists. */
export type ValuePath = readonly (string | number)[]

/** Something wrong with a value, before it is known where the value stands. */
export interface ValueProblem {
  readonly path: ValuePath
  /** The key itself is wrong, not what it holds. */
  readonly aboutKey?: true
  readonly message: string
}

/** `['models', 1, 'n_ctx']` → `models[1].n_ctx`. */
export const pathText = (path: ValuePath): string =>
  path.map((step, place) => (typeof step === 'number' ? `[${step}]` : place === 0 ? step : `.${step}`)).join('')

/** Everything that is wrong with a value, each problem at the innermost value that shows it. `null` counts as absent. */
export function checkValue(schema: TSchema, value: unknown, path: ValuePath = []): ValueProblem[] {
  if (isTable(schema) && isGroup(value)) return checkTable(schema, value, path)
  if (schema.type === 'object' && isGroup(value)) return checkGroup(schema as TObject, value, path)
  if (schema.type === 'array' && Array.isArray(value)) return checkList(schema as TArray, value, path)
  return Value.Check(schema, value) ? [] : [mismatch(schema, value, path)]
}

function mismatch(schema: TSchema, value: unknown, path: ValuePath): ValueProblem {
  const how = schema.type === 'array' && !Array.isArray(value) ? ', each entry on a line of its own after a dash' : ''
  const wanted = `expected ${expected(schema)}${how}`
  // What is never to be read back, like a key in the wrong place, is not shown either.
  return { path, message: schema.writeOnly ? wanted : `found ${found(value)}, ${wanted}` }
}

/** The groups of a list, whatever it is; one that is none has `standIn` in its place. */
export const entriesOf = (list: unknown, standIn: Record<string, unknown> = {}): readonly Record<string, unknown>[] =>
  Array.isArray(list) ? list.map((entry) => (isGroup(entry) ? entry : standIn)) : []

/** Whether a value is a text that is not empty. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function checkGroup(schema: TObject, group: Record<string, unknown>, path: ValuePath): ValueProblem[] {
  const known = Object.keys(schema.properties)
  const problems = Object.entries(group).flatMap(([key, value]): ValueProblem[] => {
    const inner = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
    if (!inner) return [{ path: [...path, key], aboutKey: true, message: unknownKey(key, known) }]
    return value === null ? [] : checkValue(inner, value, [...path, key])
  })
  const missing = (schema.required ?? []).filter((key) => group[key] === undefined || group[key] === null)
  problems.push(...missing.map((key) => ({ path, message: `the key '${key}' is missing` })))
  const size = Object.values(group).filter((value) => value !== null).length
  const isSizeWrong = size < (schema.minProperties ?? 0) || size > (schema.maxProperties ?? size)
  if (problems.length === 0 && isSizeWrong) problems.push({ path, message: `expected ${expected(schema)}` })
  return problems
}

/** A group whose keys the user chooses. */
const isTable = (schema: TSchema): schema is TRecord => 'patternProperties' in schema

function checkTable(schema: TRecord, table: Record<string, unknown>, path: ValuePath): ValueProblem[] {
  const [inner] = Object.values(schema.patternProperties)
  return Object.entries(table).flatMap(([key, value]) =>
    inner && value !== null ? checkValue(inner as TSchema, value, [...path, key]) : [],
  )
}

function checkList(schema: TArray, list: readonly unknown[], path: ValuePath): ValueProblem[] {
  if (list.length < (schema.minItems ?? 0) || list.length > (schema.maxItems ?? list.length))
    return [mismatch(schema, list, path)]
  return list.flatMap((value, place) => checkValue(schema.items, value, [...path, place]))
}

function unknownKey(key: string, known: readonly string[]): string {
  const familiar = familiarKey(key, known)
  if (familiar && 'message' in familiar) return familiar.message
  const near = familiar?.near ?? nearestName(key, known)
  return `there is no such key${near ? `; did you mean '${near}'?` : ''}`
}
