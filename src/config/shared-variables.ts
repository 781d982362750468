import { Value } from '@sinclair/typebox/value'
import { expected, found } from './expected.ts'
import { environmentName, type OptionKey, optionRow } from './options.ts'
import type { ConfigProblem } from './problem.ts'

/** What a variable says that many programs read. A note says why it says nothing. */
export interface SharedReading {
  readonly value?: unknown
  readonly note?: ConfigProblem
}

/**
 * Reads a variable whose name is not ours alone, like LOG_LEVEL: what other programs understand by it is understood, and
 * what they alone understand is left aside, since it may have been meant for them. `read` makes a value of a text as it is
 * done for our own names.
 */
export function readShared(name: string, text: string, { key, read }: SharedOption): SharedReading {
  const { schema } = optionRow(key)
  const word = text.trim().toLowerCase()
  const value = synonyms[key]?.get(word) ?? (schema.type === 'boolean' ? switches.get(word) : undefined) ?? read(text)
  if (Value.Check(schema, value)) return { value }
  const wanted = `found ${found(text)}, expected ${expected(schema)}`
  return { note: { path: name, message: `${wanted}; it is left aside, and ${environmentName(key)} goes over it` } }
}

interface SharedOption {
  readonly key: OptionKey
  readonly read: (text: string) => unknown
}

const levels = {
  debug: ['debug', 'trace', 'verbose', 'all', 'silly', 'finest', 'finer', 'fine', 'dbg'],
  info: ['info', 'information', 'informational', 'notice', 'log', 'http', 'default', 'normal'],
  warn: ['warn', 'warning', 'warnings'],
  error: ['error', 'errors', 'err', 'severe', 'fatal', 'critical', 'crit', 'panic', 'alert', 'emerg', 'emergency'],
  silent: ['silent', 'off', 'none', 'quiet'],
}

const synonyms: Partial<Record<OptionKey, ReadonlyMap<string, string>>> = {
  log_level: new Map(Object.entries(levels).flatMap(([level, words]) => words.map((word) => [word, level] as const))),
}

const switches = new Map([
  ...['true', '1', 'yes', 'on', 'enabled'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off', 'disabled'].map((word) => [word, false] as const),
])
