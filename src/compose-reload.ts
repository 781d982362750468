import { refuseOpenServer } from './compose-open-door.ts'
import type { Config } from './config/config.ts'
import { liveOf } from './config/config-changes.ts'
import {
  type ConfigFollower,
  ConfigReloader,
  type ConfigSource,
  type ConfigStanding,
} from './config/config-reloader.ts'
import type { Environment } from './config/environment.ts'
import { keysFileProblems } from './config/keys-file.ts'
import type { ConfigProblem } from './config/problem.ts'
import { messageOf } from './core/errors.ts'
import type { LiveValue } from './core/live.ts'
import type { Log } from './observe/log.ts'

interface ReloadInput {
  readonly live: LiveValue<Config>
  /** Absent: nothing of the configuration changes. */
  readonly source: ConfigSource | undefined
  readonly environment: Environment
  readonly log: Log
}

/** What reads the configuration again, which it does by itself once it is started. */
export interface ComposedReload extends ConfigFollower, Disposable {
  start(): Promise<void>
}

/** Makes it: the value becomes what the file says as often as that changes. */
export function composeReload({ live, source, environment, log }: ReloadInput): ComposedReload {
  const now = () => Date.now()
  if (!source) return neverAgain(now())
  const check = (config: Config) => [...keysFileProblems(config), ...doorProblems(config, live.current, environment)]
  return new ConfigReloader({ source, live, log, now, check })
}

/** A server that asked for a key when it began to listen for others must not stop asking because of a line in a file. */
function doorProblems(wanted: Config, running: Config, environment: Environment): readonly ConfigProblem[] {
  const key = doorKeys.find((each) => wanted[each] !== running[each])
  if (key === undefined) return []
  try {
    // It goes on to listen where it does, and as it was allowed to.
    refuseOpenServer({ config: liveOf(running, wanted), environment })
    return []
  } catch (error) {
    return [{ path: key, message: messageOf(error) }]
  }
}

/** What can change that decides whether a key is asked for. */
const doorKeys = ['require_key', 'allowed_api_keys_file'] as const

function neverAgain(now: number): ComposedReload {
  const standing: ConfigStanding = {
    isWatched: false,
    state: 'current',
    readSeconds: now / 1000,
    problems: [],
    awaitsRestart: [],
  }
  return {
    standing,
    reload: async () => ({ ...standing, changes: [] }),
    start: async () => {},
    [Symbol.dispose]: () => {},
  }
}
