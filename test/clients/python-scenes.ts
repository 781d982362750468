import { beforeAll } from 'bun:test'
import { join } from 'node:path'
import { run } from '../run.ts'
import { offlineEnvironment, pythonFolder } from './python-environment.ts'

/** Answers what a scene of a script returned; throws with its traceback when it raised, or when there is none of that name. */
export type Scenes = <Answer>(name: string) => Answer

interface Play {
  /** Absent: nothing is played, and no scene may be asked for. */
  readonly python: string | undefined
  /** `NAME` of `test/clients/python/NAME.py`. */
  readonly script: string
  /** The server's address, once it runs. */
  readonly url: () => string
}

/**
 * Has a script played before the tests of the current file or `describe` block: all of its scenes in one process, because
 * importing a client takes longer than using it. Only this machine is reached: clients that would ask the internet for
 * prices or vocabularies are refused.
 */
export function playScenes({ python, script, url }: Play): Scenes {
  let outcomes: Readonly<Record<string, Outcome>> = {}
  beforeAll(async () => {
    if (python) outcomes = await playNow([python, join(pythonFolder, `${script}.py`), url()])
  })
  return <Answer>(name: string) => {
    const outcome = outcomes[name]
    if (!outcome) throw new Error(`${script}.py has no scene '${name}'.`)
    if (outcome.raised !== undefined) throw new Error(outcome.raised)
    return outcome.answer as Answer
  }
}

interface Outcome {
  readonly answer?: unknown
  readonly raised?: string
}

async function playNow(command: readonly [string, ...string[]]): Promise<Readonly<Record<string, Outcome>>> {
  const options = { environment: offlineEnvironment(), timeoutMilliseconds }
  const { code, output, standardOutput } = await run(command, options)
  if (code !== 0) throw new Error(`${command[1]} ended with exit code ${code}.\n${output}`)
  // Some clients write to standard output themselves.
  return JSON.parse(standardOutput.trimEnd().split('\n').at(-1) ?? '')
}

/** A little less than a test may take, so that a script that hangs is ended and its output shown. */
const timeoutMilliseconds = 110_000
