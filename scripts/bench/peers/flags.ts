import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
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
  /** Ids of the cases to run, or first words of them; empty: all. */
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
  return {
    llamaServer:
      existing('--llama-server', flags['llama-server']) ??
      existing('LLAMA_SERVER', environment.LLAMA_SERVER || undefined) ??
      found(defaultServer) ??
      fail(`There is no ${defaultServer}.\n${howToBuild}`),
    executable: existing('--executable', flags.executable),
    modelsFolder: existing('--models', flags.models),
    rounds,
    cases: (flags.cases ?? '').split(',').filter((name) => name !== ''),
    json: flags.json === undefined ? undefined : resolve(flags.json),
    force: flags.force ?? false,
  }
}

/** Whether the names that were asked for choose a case: by its whole id, or by the first of its words. None choose all. */
export const isChosen = (names: readonly string[], id: string): boolean =>
  names.length === 0 || names.some((name) => `${id}-`.startsWith(`${name}-`))

/** Throws when a name chooses nothing: a misspelt case must not look like a short benchmark. */
export function demandCases(names: readonly string[], ids: readonly string[]): void {
  const idle = names.find((name) => !ids.some((id) => isChosen([name], id)))
  if (idle !== undefined) throw new FlagProblem(`--cases: there is no '${idle}'. There are ${ids.join(', ')}.`)
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

function existing(name: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : (found(path) ?? fail(`${name}: there is no ${resolve(path)}.`))
}

const found = (path: string) => (existsSync(path) ? resolve(path) : undefined)

function fail(message: string): never {
  throw new FlagProblem(message)
}
