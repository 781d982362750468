import type { CheckedFile } from './check-file.ts'
import { listenProblems } from './listen-addresses.ts'
import type { ValueSource } from './load.ts'
import type { ConfigProblem } from './problem.ts'

interface Sought {
  readonly values: Record<string, unknown>
  readonly sources: Readonly<Record<string, ValueSource>>
  readonly placeOf: CheckedFile['placeOf']
}

/**
 * What is wrong with where the server is to listen, where each thing stands. `listen` of a file or a variable goes where a
 * flag says a host or a port: flags go over both.
 */
export function checkListen({ values, sources, placeOf }: Sought): readonly ConfigProblem[] {
  const isFlag = (key: string) => sources[key]?.type === 'flag'
  const placed = ['host', 'port'].filter(isFlag)
  if (placed.length > 0 && !isFlag('listen')) delete values.listen
  const both = placed.filter(() => values.listen !== undefined)
  return [
    ...both.map((key) => ({ path: `--${key}`, message: '--listen goes in place of it; leave one of them out' })),
    ...listenProblems(values).map((problem) => placedProblem(problem, { sources, placeOf })),
  ]
}

/** Tells a problem of an option where its value comes from. */
export function placedProblem(
  { key, entry, message }: { key: string; entry?: number; message: string },
  { sources, placeOf }: Pick<Sought, 'sources' | 'placeOf'>,
): ConfigProblem {
  const source = sources[key]
  if (source?.type !== 'file') return { path: source && 'name' in source ? source.name : key, message }
  return entry === undefined
    ? { path: key, place: placeOf([key]), message }
    : { path: `${key}[${entry}]`, place: placeOf([key, entry]), message }
}
