import { readKeyLines } from './allowed-keys.ts'
import type { Config } from './config.ts'
import { readTextNow } from './file-text.ts'
import type { ValueSource } from './load.ts'
import type { ConfigProblem } from './problem.ts'

/** The keys of a file, or why they cannot be had; that repeats no part of a key. */
export type KeysReading = { readonly keys: readonly string[]; readonly isEmpty: boolean } | { readonly problem: string }

/** Reads `allowed_api_keys_file`. Never throws. */
export function readKeysFile(path: string): KeysReading {
  const reading = readTextNow(path, { mostBytes: 2 ** 20 })
  if ('problem' in reading) return { problem: reading.problem }
  const lines = readKeyLines(reading.text)
  if ('problem' in lines) return { problem: `the file ${path} cannot be used: ${lines.problem}` }
  return { ...lines, isEmpty: reading.text.trim() === '' }
}

/**
 * What is wrong with the file of keys that a configuration names: a server does not start, or go on, with fewer keys than are
 * meant. `source`: what names it.
 */
export function keysFileProblems(
  { allowed_api_keys_file: path }: Pick<Config, 'allowed_api_keys_file'>,
  source?: ValueSource,
): readonly ConfigProblem[] {
  const reading = path === undefined ? undefined : readKeysFile(path)
  if (!reading || 'keys' in reading) return []
  const place = source?.type === 'file' && { file: source.file, line: source.line, column: 1 }
  const name = source && 'name' in source ? source.name : 'allowed_api_keys_file'
  return [{ path: name, ...(place && { place }), message: reading.problem }]
}
