import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { FakeUpstream, Fault } from '../../test/fakes/fake-upstream.ts'
import { busyAnswer, errorAnswer } from '../../test/fakes/upstream-shapes.ts'
import { repeat } from './repeat.ts'

/** What is changed while the clients are at work. */
export interface Unrest extends AsyncDisposable {
  /** When a model was unloaded with its requests cut, by `performance.now()`. */
  readonly cuts: readonly number[]
  readonly problems: readonly string[]
  /** How often something was done: `configuration` → 12. */
  readonly counts: ReadonlyMap<string, number>
}

interface UnrestOptions {
  readonly configPath: string
  readonly upstreams: readonly FakeUpstream[]
  /** Sends JSON to the server with a key for everything; resolves with the status and the text. */
  readonly post: (path: string, body: object) => Promise<{ readonly status: number; readonly text: string }>
}

const models = ['smollm2-135m-instruct', 'all-minilm-l6-v2'] as const
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item

/** What a request to another server meets; each is to be tried again, or to end in a clean error. */
const faults: readonly Fault[] = [
  'reset-before-head',
  'close-before-head',
  'silent',
  'not-http',
  'reset-mid-stream',
  'truncated',
  'half-open',
  'malformed-chunk',
  'short-body',
  'malformed-event',
  'error-event',
  'no-done',
  'web-page',
  'cut-json',
  busyAnswer('generic', '1'),
  busyAnswer('llama-server'),
  errorAnswer('generic', { status: 500, message: 'out of memory', code: 'server_error' }),
]

/** The parts of config.yaml that stay, and with them those that change from one writing to the next. */
export function writeConfig(path: string, upstreams: readonly Pick<FakeUpstream, 'url'>[]): void {
  const between = (least: number, most: number) => least + Math.floor(Math.random() * (most - least + 1))
  const config = {
    providers: [
      {
        name: 'cloud',
        base_url: upstreams.map(({ url }) => url),
        retries: between(1, 3),
        first_byte_seconds: 2,
        idle_seconds: 2,
        balance: pick(['least-busy', 'prefix']),
      },
    ],
    fallbacks: [{ model: 'not-here', to: ['cloud/fake'] }],
    max_queue: between(12, 48),
    log_level: pick(['info', 'warn', 'debug']),
    heartbeat_seconds: between(1, 10),
    keep_alive: pick([300, 600, -1]),
    cors_origins: pick([[], ['https://app.example']]),
  }
  writeFileSync(path, stringify(config))
}

/** Changes the configuration, loads and unloads models, and has other servers fail, until it is disposed of. */
export function makeUnrest({ configPath, upstreams, post }: UnrestOptions): Unrest {
  const counts = new Map<string, number>()
  const problems: string[] = []
  const cuts: number[] = []
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const told = async (what: string, path: string, body: object, allowed: readonly number[]) => {
    count(what)
    const { status, text } = await post(path, body)
    if (!allowed.includes(status)) problems.push(`${what}: ${status} ${text.slice(0, 300)}`)
  }
  const work = [
    repeat(4000, () => {
      count('configuration')
      if (Math.random() < 0.2) writeFileSync(configPath, 'max_queue: [no number\n')
      else writeConfig(configPath, upstreams)
    }),
    repeat(6000, () => {
      const mode = pick(['wait', 'cut', 'cut'])
      if (mode === 'cut') cuts.push(performance.now())
      return told(`unload (${mode})`, '/v1/models/unload', { model: pick(models), mode }, [200])
    }),
    // A process that is killed while it loads is why a load may fail.
    repeat(7000, () => told('load', '/v1/models/load', { model: pick(models) }, [200, 503])),
    repeat(700, () => {
      count('fault')
      pick(upstreams).fail(pick(faults))
    }),
  ]
  return {
    cuts,
    problems,
    counts,
    async [Symbol.asyncDispose]() {
      await Promise.all(work.map((stop) => stop()))
    },
  }
}
