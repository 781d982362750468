import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What to measure, and with what. */
export interface PeerBenchmark {
  /** Absolute path of llama-server. */
  readonly llamaServer: string
  /** Absolute path of a built Hearth; absent: from source. */
  readonly executable: string | undefined
  /** Absolute path of a folder with the two default models; absent: where the tests take them from. */
  readonly modelsFolder: string | undefined
  /** Pairs of each case. */
  readonly rounds: number
  /** Beginnings of the ids of the cases to run; empty: all. */
  readonly cases: readonly string[]
  /** Where the raw numbers go; absent: nowhere. */
  readonly json: string | undefined
  /** Measure on a busy machine too. */
  readonly force: boolean
}

/** Says in one message for people what is wrong with the flags. */
export class FlagProblem extends Error {}

const howToBuild = `The benchmark needs llama-server of the llama.cpp release that Hearth runs on: name its file with --llama-server FILE
or LLAMA_SERVER. To build it (git, cmake, ninja and g++; a quarter of an hour on two cores):
  sh scripts/bench/build-llama-server.sh`

/** Checks the flags and the files that they name. `defaultServer` is where the build script puts llama-server. */
export function readFlags(
  argv: readonly string[],
  { environment, defaultServer }: { environment: Readonly<Record<string, string | undefined>>; defaultServer: string },
): PeerBenchmark {
  const flags = parse(argv)
  const rounds = Number(flags.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new FlagProblem(`--rounds must be a whole number from 1 on, not '${flags.rounds}'.`)
  }
  const server = flags['llama-server'] ?? environment.LLAMA_SERVER
  return {
    llamaServer: server
      ? existing('llama-server', server)
      : (found(defaultServer) ?? fail(`There is no ${defaultServer}.\n${howToBuild}`)),
    executable: flags.executable === undefined ? undefined : existing('executable', flags.executable),
    modelsFolder: flags.models === undefined ? undefined : existing('models', flags.models),
    rounds,
    cases: (flags.cases ?? '').split(',').filter((name) => name !== ''),
    json: flags.json === undefined ? undefined : resolve(flags.json),
    force: flags.force ?? false,
  }
}

/** Whether the beginnings that were asked for choose a case; none choose all. */
export const isChosen = (beginnings: readonly string[], id: string): boolean =>
  beginnings.length === 0 || beginnings.some((beginning) => id.startsWith(beginning))

/** Throws when a beginning chooses nothing: a misspelt case must not look like a short benchmark. */
export function demandCases(beginnings: readonly string[], ids: readonly string[]): void {
  const idle = beginnings.find((beginning) => !ids.some((id) => id.startsWith(beginning)))
  if (idle !== undefined) throw new FlagProblem(`--cases: no case begins with '${idle}'. There are ${ids.join(', ')}.`)
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'llama-server': { type: 'string' },
        executable: { type: 'string' },
        models: { type: 'string' },
        rounds: { type: 'string', default: '7' },
        cases: { type: 'string' },
        json: { type: 'string' },
        force: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new FlagProblem(error instanceof Error ? error.message : String(error))
  }
}

function existing(flag: string, path: string): string {
  return found(path) ?? fail(`--${flag}: there is no ${join(resolve(path))}.`)
}

const found = (path: string) => (existsSync(path) ? resolve(path) : undefined)

function fail(message: string): never {
  throw new FlagProblem(message)
}
