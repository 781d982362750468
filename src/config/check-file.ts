import { isGroup } from '../core/is-group.ts'
import { checkNames } from './check-names.ts'
import { checkValue, pathText } from './check-value.ts'
import { configSchema } from './config.ts'
import { type ConfigFile, type ParsedFile, parseFile } from './parse-file.ts'
import type { ConfigProblem } from './problem.ts'

/** A file that was read and checked. */
export interface CheckedFile extends Pick<ParsedFile, 'placeOf'> {
  /** Only what is right: a key of the top level goes when anything in it is wrong. Keys without a value are gone too. */
  readonly values: Readonly<Record<string, unknown>>
  /** From the top of the file to its bottom. */
  readonly problems: readonly ConfigProblem[]
}

/** Reads and checks a file whole, so that one look shows everything that is wrong with it. */
export function checkFile(file: ConfigFile): CheckedFile {
  const { values, problems: syntax, placeOf } = parseFile(file)
  const wrong = [...checkValue(configSchema, values), ...checkNames(values)]
  const placed = wrong.map(({ path, aboutKey, message }) => ({
    path: pathText(path),
    place: placeOf(path, aboutKey),
    message,
  }))
  const wrongKeys = new Set(wrong.map(({ path }) => path[0]))
  const right = Object.entries(values).filter(([key]) => !wrongKeys.has(key))
  const order = ({ place }: ConfigProblem) => (place ? place.line * 1e6 + place.column : 0)
  return {
    values: withoutNulls(Object.fromEntries(right)),
    problems: [...syntax, ...placed].sort((one, other) => order(one) - order(other)),
    placeOf,
  }
}

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (!isGroup(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)])) as T
}
