import { presetNames, routeParts } from '../core/provider-names.ts'
import type { CheckedFile } from './check-file.ts'
import { placedProblem } from './check-listen.ts'
import type { ValueSource } from './load.ts'
import type { ConfigProblem } from './problem.ts'

interface Sought {
  readonly values: Readonly<Record<string, unknown>>
  readonly sources: Readonly<Record<string, ValueSource>>
  readonly placeOf: CheckedFile['placeOf']
  /** Names of the providers in the configuration. */
  readonly providers: readonly string[]
}

/** What is wrong with `base_path`: what no request can have, and what would hide paths of the server itself. */
export function checkBasePath({ values, sources, placeOf, providers }: Sought): readonly ConfigProblem[] {
  const { base_path: text } = values
  const message = typeof text === 'string' ? problemOf(text, providers) : undefined
  return message === undefined ? [] : [placedProblem({ key: 'base_path', message }, { sources, placeOf })]
}

function problemOf(text: string, providers: readonly string[]): string | undefined {
  const parts = text.split('/').filter(Boolean)
  const [first = ''] = parts
  if (text.includes('://')) return `found '${text}', expected the path alone, as in /hearth`
  if (!parts.every((part) => /^[\w.~-]+$/.test(part) && !/^\.+$/.test(part)))
    return `found '${text}', expected a path of letters, digits, '.', '_', '~' and '-', as in /hearth`
  const taken = [...routeParts, ...presetNames, ...providers].includes(first)
  return taken
    ? `found '${text}', and '/${first}' is where this server has paths of its own; choose another, as in /hearth`
    : undefined
}
