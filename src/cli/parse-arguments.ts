import { parseArgs } from 'node:util'
import type { ConfigProblem } from '../config/problem.ts'
import type { Command, Flag } from './command.ts'
import { unknownFlag } from './unknown-flag.ts'

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
    args: args.map((arg) => (isText(arg) ? textMark + arg : arg)),
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      known.map(({ name, value, short }) => [
        name,
        { type: value ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
      ]),
    ),
  })
  const flags: Record<string, string> = {}
  const problems: ConfigProblem[] = []
  const operands: string[] = []
  let unknownAt = Number.NEGATIVE_INFINITY
  for (const token of tokens) {
    if (token.kind === 'option') {
      const result = readFlag(token, { rows, command, raw: args[token.index] ?? token.rawName })
      if ('problem' in result) problems.push(result.problem)
      else flags[result.name] = result.text
      if ('isUnknown' in result) unknownAt = token.index
    }
    // What follows an unknown flag is most likely its value: one problem is enough for both.
    if (token.kind === 'positional' && token.index !== unknownAt + 1) operands.push(unmarked(token.value))
  }
  return { flags, operands, problems: [...unique(problems), ...countProblems(operands, command)] }
}

/** A flag has no blank in its name: `- first point` is a prompt that begins with a dash, and no row of letters. */
const isText = (arg: string) => /^-[^=]*\s/.test(arg)
const textMark = '\u0000'
const unmarked = (text: string) => (text.startsWith(textMark) ? text.slice(1) : text)

type FlagResult =
  | { readonly name: string; readonly text: string }
  | { readonly problem: ConfigProblem; readonly isUnknown?: true }

/** Letters behind one dash come one by one, and are one problem. */
const unique = (problems: readonly ConfigProblem[]) => [
  ...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values(),
]

interface Reading {
  readonly rows: ReadonlyMap<string, Flag>
  readonly command: Command
  readonly raw: string
}

function readFlag(token: OptionToken, { rows, command, raw }: Reading): FlagResult {
  const { name, value, inlineValue } = token
  const found = rows.get(name)
  const row = token.rawName === `--${name}` || token.rawName === `-${found?.short}` ? found : undefined
  const negated = name.startsWith('no-') ? rows.get(name.slice(3)) : undefined
  if (negated && !negated.value && value === undefined) return { name: negated.name, text: 'false' }
  if (!row) return { problem: unknownFlag(raw, [...rows.keys()], command), ...(inlineValue ? {} : { isUnknown: true }) }
  if (!row.value) return readSwitch(row, value)
  if (value === undefined)
    return { problem: { path: `--${name}`, message: `a value is missing: --${name} ${row.value}` } }
  if (!inlineValue && value.startsWith('--')) {
    return {
      problem: { path: `--${name}`, message: `found the flag ${value}, expected a value: --${name} ${row.value}` },
    }
  }
  return { name, text: unmarked(value) }
}

/** Those of the configuration are judged with all other options. */
function readSwitch({ name, group }: Flag, value = 'true'): FlagResult {
  if (group !== undefined || value === 'true' || value === 'false') return { name, text: value }
  return { problem: { path: `--${name}`, message: `found the text "${value}", expected true or false` } }
}

function countProblems(
  operands: readonly string[],
  { name, usage, takesText, operands: limits = [0, 0] }: Command,
): ConfigProblem[] {
  const [least, most] = limits
  if (operands.length < least) return [{ path: '', message: `an argument is missing: hearth ${name} ${usage}` }]
  const empty = operands.findIndex((operand, index) => operand === '' && !(takesText && index > 0))
  if (empty >= 0) return [{ path: '', message: `argument ${empty + 1} is empty: hearth ${name} ${usage}`.trimEnd() }]
  return operands.slice(most).map((operand) => ({ path: operand, message: 'this is one argument too many' }))
}
