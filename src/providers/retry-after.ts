/** Nobody is told to wait for longer, in seconds: a day. */
const most = 86_400

/** Headers that say in how many seconds a limit of requests or tokens is over, as Cerebras, OpenAI and Groq send them. */
const resets = /^x-ratelimit-reset-/

/**
 * Seconds that a provider wants us to wait, from its headers: Retry-After in seconds or as a date, retry-after-ms, and, where
 * `isOverLimit`, the soonest of the limits that have nothing left. Undefined: it says nothing. `now`: milliseconds since 1970. Pure.
 */
export function retryAfterSeconds(headers: Headers, now: number, isOverLimit = false): number | undefined {
  const said = secondsOrDate(headers.get('retry-after'), now) ?? milliseconds(headers.get('retry-after-ms'))
  const seconds = said ?? (isOverLimit ? limitReset(headers) : undefined)
  return seconds === undefined ? undefined : Math.min(most, Math.max(0, seconds))
}

function secondsOrDate(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  // Only what begins with the name of a day is a date of HTTP; `Date.parse` understands far more.
  const time = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(time) ? (time - now) / 1000 : undefined
}

const milliseconds = (value: string | null): number | undefined =>
  /^\d+(\.\d+)?$/.test(value?.trim() ?? '') ? Number(value) / 1000 : undefined

/** When the limits that are used up are over: all of them have to be. */
function limitReset(headers: Headers): number | undefined {
  const ends = [...headers].flatMap(([name, value]) => {
    const left = resets.test(name) ? headers.get(name.replace('-reset-', '-remaining-')) : null
    const seconds = duration(value)
    return left !== null && Number(left) <= 0 && seconds !== undefined ? [seconds] : []
  })
  return ends.length > 0 ? Math.max(...ends) : undefined
}

/** `12.5` (seconds), `850ms`, `1m2.5s`, `6h0m0s`. */
function duration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return undefined
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
    (sum, [, number, unit = 's']) => sum + Number(number) * (units[unit] ?? 1),
    0,
  )
}
