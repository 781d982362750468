import { parseArgs } from 'node:util'
import { nearestName } from '../config/nearest-name.ts'
import type { ConfigProblem } from '../config/problem.ts'
import type { Command, Flag } from './command.ts'

/** A command line taken apart. */
export interface ParsedArguments {
  readonly flags: Readonly<Record<string, string>>
  readonly operands: readonly string[]
  /** Everything that cannot be understood. */
  readonly problems: readonly ConfigProblem[]
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/**
 * Reads what stands after the name of a command. A flag that is given twice has the last value. `--` ends the flags.
 * `known` are all flags of the command, also those that it has from the options of the configuration.
 */
export function parseArguments(
  args: readonly string[],
  { known, command }: { known: readonly Flag[]; command: Command },
): ParsedArguments {
  const rows = new Map(known.map((flag) => [flag.name, flag]))
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(known.map(({ name, value }) => [name, { type: value ? 'string' : 'boolean' }])),
  })
  const flags: Record<string, string> = {}
  const problems: ConfigProblem[] = []
  const operands: string[] = []
  let unknownAt = Number.NEGATIVE_INFINITY
  for (const token of tokens) {
    if (token.kind === 'option') {
      const result = readFlag(token, { rows, raw: args[token.index] ?? token.rawName })
      if ('problem' in result) problems.push(result.problem)
      else flags[result.name] = result.text
      if ('isUnknown' in result) unknownAt = token.index
    }
    // What follows an unknown flag is most likely its value: one problem is enough for both.
    if (token.kind === 'positional' && token.index !== unknownAt + 1) operands.push(token.value)
  }
  return { flags, operands, problems: [...unique(problems), ...countProblems(operands, command)] }
}

type FlagResult =
  | { readonly name: string; readonly text: string }
  | { readonly problem: ConfigProblem; readonly isUnknown?: true }

/** Letters behind one dash come one by one, and are one problem. */
const unique = (problems: readonly ConfigProblem[]) => [
  ...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values(),
]

function readFlag(token: OptionToken, { rows, raw }: { rows: ReadonlyMap<string, Flag>; raw: string }): FlagResult {
  const { name, value, inlineValue } = token
  const row = token.rawName.startsWith('--') ? rows.get(name) : undefined
  const negated = name.startsWith('no-') ? rows.get(name.slice(3)) : undefined
  if (negated && !negated.value && value === undefined) return { name: negated.name, text: 'false' }
  if (!row) return { problem: unknownFlag(raw, [...rows.keys()]), ...(inlineValue ? {} : { isUnknown: true }) }
  if (!row.value) return { name, text: value ?? 'true' }
  if (value === undefined)
    return { problem: { path: `--${name}`, message: `a value is missing: --${name} ${row.value}` } }
  if (!inlineValue && value.startsWith('--')) {
    return {
      problem: { path: `--${name}`, message: `found the flag ${value}, expected a value: --${name} ${row.value}` },
    }
  }
  return { name, text: value }
}

function unknownFlag(raw: string, known: readonly string[]): ConfigProblem {
  const written = raw.split('=')[0] ?? raw
  const name = written.replace(/^-+/, '')
  if (name === 'models' || name === 'catalog')
    return { path: written, message: `'${name}' can stand in config.yaml only` }
  const near = known.includes(name) ? name : nearestName(name, known)
  return { path: written, message: `there is no such flag${near ? `; did you mean --${near}?` : ''}` }
}

function countProblems(
  operands: readonly string[],
  { name, usage, operands: limits = [0, 0] }: Command,
): ConfigProblem[] {
  const [least, most] = limits
  if (operands.length < least) return [{ path: '', message: `an argument is missing: hearth ${name} ${usage}` }]
  return operands.slice(most).map((operand) => ({ path: operand, message: 'this is one argument too many' }))
}
