import { messageOf } from '../core/errors.ts'
import { readOrigin } from '../core/origins.ts'
import { readProxy } from '../core/trusted-proxies.ts'
import type { CheckedFile } from './check-file.ts'
import type { ValueSource } from './load.ts'
import type { ConfigProblem } from './problem.ts'

interface Sought {
  readonly values: Readonly<Record<string, unknown>>
  readonly sources: Readonly<Record<string, ValueSource>>
  readonly placeOf: CheckedFile['placeOf']
}

/** Lists whose entries more is to be known of than their type; what reads one throws what is wrong with it. */
const readers: Readonly<Record<string, (entry: string) => unknown>> = {
  cors_origins: readOrigin,
  trusted_proxies: readProxy,
}

/** What is wrong with the pages and the proxies that are to be trusted, each where it stands. */
export const checkDoor = (sought: Sought): readonly ConfigProblem[] =>
  Object.entries(readers).flatMap(([key, read]) => entryProblems(key, read, sought))

function entryProblems(key: string, read: (entry: string) => unknown, { values, sources, placeOf }: Sought) {
  const entries = values[key]
  const source = sources[key]
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry, index): ConfigProblem[] => {
    const message = problemOf(entry, read)
    if (message === undefined) return []
    if (source?.type === 'file') return [{ path: `${key}[${index}]`, place: placeOf([key, index]), message }]
    return [{ path: source && 'name' in source ? source.name : key, message }]
  })
}

function problemOf(entry: unknown, read: (entry: string) => unknown): string | undefined {
  if (typeof entry !== 'string') return undefined
  try {
    read(entry)
    return undefined
  } catch (error) {
    return `'${entry}' ${messageOf(error)}`
  }
}
