import { type Environment, pathsOf } from '../../config/environment.ts'
import { flagName, optionKeys, optionRow } from '../../config/options.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { serveCommand } from '../commands/serve.ts'
import { optionFlags } from '../option-flags.ts'
import { parseArguments } from '../parse-arguments.ts'

/** The command line of `hearth serve` as a service has it. */
export interface ServeWords {
  /** As `readConfig` takes them, with absolute paths. */
  readonly flags: Readonly<Record<string, string>>
  /** The same as words behind `serve`. */
  readonly args: readonly string[]
  readonly problems: readonly ConfigProblem[]
}

/**
 * Reads options as `hearth serve` would and makes every path in them absolute: a service starts in another folder. Whether
 * their values can be used is for `readConfig` to say.
 */
export function readServeWords(words: readonly string[], environment: Environment): ServeWords {
  const known = optionFlags(true)
  const { flags, problems } = parseArguments(words, { known, command: serveCommand })
  const fixed = Object.fromEntries(
    Object.entries(flags).map(([name, text]) => [name, absoluteIfPath(name, text, environment)]),
  )
  const switches = new Set(known.filter(({ value }) => value === undefined).map(({ name }) => name))
  const args = Object.entries(fixed).flatMap(([name, text]) => wordsOf(name, text, switches.has(name)))
  return { flags: fixed, args, problems }
}

function wordsOf(name: string, text: string, isSwitch: boolean): readonly string[] {
  if (isSwitch && text === 'true') return [`--${name}`]
  if (isSwitch && text === 'false') return [`--no-${name}`]
  return isSwitch || text.startsWith('-') || text === '' ? [`--${name}=${text}`] : [`--${name}`, text]
}

function absoluteIfPath(name: string, text: string, environment: Environment): string {
  const { delimiter, resolve } = pathsOf(environment.platform)
  const absolute = (path: string) => {
    if (/^~[/\\]/.test(path)) return resolve(environment.home, path.slice(2))
    return path === '' ? '' : resolve(environment.currentFolder, path)
  }
  if (name === 'config') return absolute(text)
  const key = optionKeys.find((key) => flagName(key) === name)
  const row = key && optionRow(key)
  if (!row?.isPath) return text
  return row.schema.type === 'array' ? text.split(delimiter).map(absolute).join(delimiter) : absolute(text)
}
