import { messageOf } from '../core/errors.ts'
import { readOrigin } from '../core/origins.ts'
import type { CheckedFile } from './check-file.ts'
import type { ValueSource } from './load.ts'
import type { ConfigProblem } from './problem.ts'

interface Sought {
  readonly values: Readonly<Record<string, unknown>>
  readonly sources: Readonly<Record<string, ValueSource>>
  readonly placeOf: CheckedFile['placeOf']
}

/** What is wrong with the origins of pages that are to be allowed, each where it stands. */
export function checkOrigins({ values, sources, placeOf }: Sought): readonly ConfigProblem[] {
  const { cors_origins: origins } = values
  const source = sources.cors_origins
  if (!Array.isArray(origins)) return []
  return origins.flatMap((origin, index) => {
    const problem = problemOf(origin)
    if (problem === undefined) return []
    if (source?.type !== 'file')
      return [{ path: source && 'name' in source ? source.name : 'cors_origins', message: problem }]
    return [{ path: `cors_origins[${index}]`, place: placeOf(['cors_origins', index]), message: problem }]
  })
}

function problemOf(origin: unknown): string | undefined {
  if (typeof origin !== 'string') return undefined
  try {
    readOrigin(origin)
    return undefined
  } catch (error) {
    return `'${origin}' ${messageOf(error)}`
  }
}
