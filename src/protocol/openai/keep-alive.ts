import { ServerError } from '../../core/errors.ts'
import { theOne } from './the-one.ts'

/** How long a model is to stay in memory, in the spellings of Ollama and of LM Studio. */
export interface KeepAliveFields {
  readonly keep_alive?: number | string | null
  readonly ttl?: number | null
}

const secondsOf: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }
/** One step of a duration as Go writes it: `1h`, `30m`, `1.5s`. */
const step = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g

/**
 * Seconds that the model is to stay once nothing uses it; Infinity: for ever; undefined: the request says nothing about
 * it. Throws `invalid_parameter`.
 */
export function toKeepAlive({ keep_alive: duration, ttl }: KeepAliveFields): number | undefined {
  const kept = typeof duration === 'string' ? parse(duration) : (duration ?? undefined)
  const seconds = kept !== undefined && kept < 0 ? Number.POSITIVE_INFINITY : kept
  return theOne({ keep_alive: seconds, ttl })?.value
}

function parse(text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (rest === '' || rest.replace(step, '') !== '')
    throw new ServerError('invalid_parameter', {
      param: 'keep_alive',
      problem: "expected a number of seconds, or a duration like '5m', '1h30m' or '-1'",
    })
  const seconds = [...rest.matchAll(step)].reduce(
    (sum, [, n, unit = 's']) => sum + Number(n) * (secondsOf[unit] ?? 1),
    0,
  )
  return sign === '-' ? -seconds : seconds
}
