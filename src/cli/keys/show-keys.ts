import type { ApiKey, KeyLimits } from '../../store/api-keys.ts'
import { textTable } from '../text-table.ts'

/** Whether a key lets anybody in. */
const stateOf = ({ revokedSeconds, expiresSeconds }: ApiKey, now: number) => {
  if (revokedSeconds !== undefined) return 'revoked'
  return expiresSeconds !== undefined && expiresSeconds * 1000 <= now ? 'expired' : 'valid'
}

/** A key as JSON, with dates in ISO 8601. `now` in milliseconds since 1970. */
export const toPlainKey = (key: ApiKey, now: number) => ({
  id: key.id,
  name: key.name,
  start: key.start,
  scopes: key.scopes,
  models: key.models ?? null,
  limits: {
    requests_per_minute: key.limits?.requestsPerMinute ?? null,
    tokens_per_minute: key.limits?.tokensPerMinute ?? null,
    tokens_per_day: key.limits?.tokensPerDay ?? null,
  },
  state: stateOf(key, now),
  created: isoOf(key.createdSeconds),
  expires: isoOf(key.expiresSeconds),
  last_used: isoOf(key.lastUsedSeconds),
  revoked: isoOf(key.revokedSeconds),
})

/** Keys as a table for people, with times in UTC. */
export function keyTable(keys: readonly ApiKey[], now: number): string {
  const rows = keys.map((key) => [
    key.id,
    key.name,
    `${key.start}…`,
    key.scopes.join(','),
    key.models?.join(',') ?? 'all',
    limitsText(key.limits) || 'default',
    timeOf(key.createdSeconds),
    timeOf(key.expiresSeconds) || 'never',
    timeOf(key.lastUsedSeconds) || 'never',
    stateOf(key, now),
  ])
  const heading = ['ID', 'NAME', 'KEY', 'SCOPES', 'MODELS', 'LIMITS', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE']
  return textTable([heading, ...rows])
}

/** What a key may use, where it has limits of its own: `60 requests/min, any tokens/day`. */
export function limitsText(limits: KeyLimits = {}): string {
  const { requestsPerMinute, tokensPerMinute, tokensPerDay } = limits
  const parts = [
    [requestsPerMinute, 'requests/min'],
    [tokensPerMinute, 'tokens/min'],
    [tokensPerDay, 'tokens/day'],
  ] as const
  return parts
    .filter(([limit]) => limit !== undefined)
    .map(([limit, unit]) => `${limit === 0 ? 'any' : limit} ${unit}`)
    .join(', ')
}

/** One line on what a key may use. */
export const describeLimits = ({ name, id, limits }: ApiKey): string =>
  limits
    ? `The key '${name}' (${id}) may use ${limitsText(limits)}; for the rest it has what the configuration says.`
    : `The key '${name}' (${id}) has no limits of its own, but those of the configuration.`

/** One line on a key that was made. */
export function describeKey({ id, name, scopes, models, limits, expiresSeconds }: ApiKey): string {
  const what = `${scopes.join(' and ')}${models ? ` with ${models.join(', ')}` : ''}`
  const until = expiresSeconds === undefined ? 'It does not expire' : `It expires on ${timeOf(expiresSeconds)} UTC`
  const most = limits ? ` It may use ${limitsText(limits)}.` : ''
  return `The key '${name}' (${id}) is for ${what}.${most} ${until}.`
}

const isoOf = (seconds: number | undefined) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString())
const timeOf = (seconds: number | undefined) => isoOf(seconds)?.slice(0, 16).replace('T', ' ') ?? ''
