import process from 'node:process'
import { PassThrough, Readable } from 'node:stream'
import { type Environment, readEnvironment } from '../config/environment.ts'
import { nearestName } from '../config/nearest-name.ts'
import type { Command, Flag, Streams } from './command.ts'
import { benchCommand } from './commands/bench.ts'
import { chatCommand } from './commands/chat.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { copyCommand } from './commands/cp.ts'
import { cudaCommand } from './commands/cuda.ts'
import { doctorCommand } from './commands/doctor.ts'
import { embedCommand } from './commands/embed.ts'
import { healthCommand } from './commands/health.ts'
import { importCommand } from './commands/import.ts'
import { keysCommand } from './commands/keys.ts'
import { licensesCommand } from './commands/licenses.ts'
import { listCommand } from './commands/list.ts'
import { loadCommand } from './commands/load.ts'
import { providersCommand } from './commands/providers.ts'
import { psCommand } from './commands/ps.ts'
import { pullCommand } from './commands/pull.ts'
import { removeCommand } from './commands/rm.ts'
import { runCommand as runModelCommand } from './commands/run.ts'
import { selfCheckCommand } from './commands/self-check.ts'
import { serveCommand } from './commands/serve.ts'
import { serviceCommand } from './commands/service.ts'
import { showCommand } from './commands/show.ts'
import { unloadCommand } from './commands/unload.ts'
import { updateCommand } from './commands/update.ts'
import { versionCommand } from './commands/version.ts'
import { errorFacts, errorLine } from './error-facts.ts'
import { explainError } from './explain-error.ts'
import { commandHelp, programHelp } from './help-text.ts'
import { parseArguments } from './parse-arguments.ts'
import { reportProblems } from './report-problems.ts'
import { harmless } from './styles.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  serveCommand,
  runModelCommand,
  chatCommand,
  embedCommand,
  benchCommand,
  pullCommand,
  importCommand,
  listCommand,
  showCommand,
  removeCommand,
  copyCommand,
  psCommand,
  healthCommand,
  loadCommand,
  unloadCommand,
  serviceCommand,
  configCommand,
  doctorCommand,
  cudaCommand,
  keysCommand,
  providersCommand,
  selfCheckCommand,
  updateCommand,
  licensesCommand,
  versionCommand,
  completionCommand,
]

/** Where a command writes, and what it knows of the world. */
export interface Terminal {
  readonly environment: Environment
  write(text: string): void
  writeError(text: string): void
  /** Absent: nothing comes in, and nobody sits there. */
  readonly streams?: Streams
}

/** Runs the command that the arguments name and resolves with the exit code. Never rejects: errors are told. */
export async function run(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  try {
    return await dispatch(args, terminal)
  } catch (error) {
    terminal.writeError(explainError(error))
    return 1
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = 'serve', ...rest] = args
  if (first === '--help' || first === '-h') return await help(undefined, terminal)
  if (first === 'help') return await help(rest[0]?.startsWith('-') ? undefined : rest[0], terminal)
  if (first === '--version' || first === '-v' || first === '-V') return await runCommand(versionCommand, rest, terminal)
  if (first === '__complete') return await complete(rest[0], terminal)
  if (first.startsWith('-')) return await serveOrTell(args, terminal)
  const command = findCommand(first)
  if (command) return await runCommand(command, rest, terminal)
  return unknownCommand(first, { ...terminal, flags: rest.includes('--json') ? { json: 'true' } : {} })
}

/** Flags alone are those of serve; a command that stands behind them is one in the wrong place. */
async function serveOrTell(args: readonly string[], terminal: Terminal): Promise<number> {
  const valued = (await flagsOf(serveCommand)).filter(({ value }) => value).map(({ name }) => `--${name}`)
  const place = args.findIndex((arg, index) => findCommand(arg) && !valued.includes(args[index - 1] ?? ''))
  const name = args[place]
  if (name === undefined) return await runCommand(serveCommand, args, terminal)
  const line = ['hearth', name, ...args.toSpliced(place, 1)]
    .map((word) => (/\s/.test(word) ? `'${word}'` : word))
    .join(' ')
  const problem = { path: name, message: `the command stands first: ${line}` }
  reportProblems([problem], { ...terminal, flags: args.includes('--json') ? { json: 'true' } : {} })
  return 2
}

/** The hidden command that shells ask. */
async function complete(what: string | undefined, { environment, write }: Terminal): Promise<number> {
  const { completeNames } = await import('./completion/complete-names.ts')
  write(await completeNames(what, environment))
  return 0
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const before = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (before.some((arg) => arg === '--help' || arg === '-h')) return await help(command.name, terminal)
  const { flags, operands, problems } = parseArguments(args, { command, known: await flagsOf(command) })
  if (!command.takesOptions && reportProblems(problems, { ...terminal, flags })) return 2
  try {
    return await command.run({ ...terminal, streams: terminal.streams ?? noStreams(), flags, operands, problems })
  } catch (error) {
    if (flags.json !== 'true') throw error
    terminal.writeError(errorLine(errorFacts(error)))
    return 1
  }
}

async function help(name: string | undefined, terminal: Terminal): Promise<number> {
  const command = name === undefined ? undefined : findCommand(name)
  if (name !== undefined && !command) return unknownCommand(name, terminal)
  terminal.write(command ? commandHelp(command, await flagsOf(command)) : programHelp(commands))
  return 0
}

const findCommand = (word: string) => commands.find(({ name, aliases = [] }) => name === word || aliases.includes(word))

/** All flags of a command: its own, --help, and the options that it takes. */
export async function flagsOf({ flags, takesOptions }: Command): Promise<Flag[]> {
  const help = { name: 'help', short: 'h', summary: 'Print this text.' }
  if (!takesOptions) return [...flags, help]
  const { optionFlags } = await import('./option-flags.ts')
  return [...flags, help, ...optionFlags(takesOptions)]
}

function unknownCommand(name: string, { writeError, flags = {} }: Terminal & { flags?: { json?: string } }): number {
  const near = nearestName(
    name,
    commands.flatMap((command) => [command.name, ...(command.aliases ?? [])]),
  )
  const hint = near ? `did you mean 'hearth ${near}'?` : "'hearth help' lists them"
  const message = `there is no command '${name}'`
  if (flags.json === 'true') writeError(errorLine({ code: 'not_understood', message, hint }))
  else writeError(harmless(`hearth: ${message}; ${hint}\n`))
  return 2
}

const noStreams = (): Streams => ({
  input: Readable.from([]),
  output: new PassThrough().resume(),
  errors: new PassThrough().resume(),
})

function processTerminal(): Terminal {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that leaves early, like head, is no error of ours; a disk that is full is one.
    if (error.code !== 'EPIPE') failOutput(error)
  })
  return {
    environment: readEnvironment(),
    streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  }
}

let isOutputLost = false

/** What should stand on standard output is lost: that is told once, and whatever the command says, it has failed. */
function failOutput(error: Error): void {
  if (isOutputLost) return
  isOutputLost = true
  process.stderr.write(`hearth: standard output cannot be written: ${error.message}\n`)
  process.on('exit', () => {
    process.exitCode = 1
  })
}
