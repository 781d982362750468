import type { ApiKey } from '../../store/api-keys.ts'
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
    timeOf(key.createdSeconds),
    timeOf(key.expiresSeconds) || 'never',
    timeOf(key.lastUsedSeconds) || 'never',
    stateOf(key, now),
  ])
  const heading = ['ID', 'NAME', 'KEY', 'SCOPES', 'MODELS', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE']
  return textTable([heading, ...rows])
}

/** One line on a key that was made. */
export function describeKey({ id, name, scopes, models, expiresSeconds }: ApiKey): string {
  const what = `${scopes.join(' and ')}${models ? ` with ${models.join(', ')}` : ''}`
  const until = expiresSeconds === undefined ? 'It does not expire' : `It expires on ${timeOf(expiresSeconds)} UTC`
  return `The key '${name}' (${id}) is for ${what}. ${until}.`
}

const isoOf = (seconds: number | undefined) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString())
const timeOf = (seconds: number | undefined) => isoOf(seconds)?.slice(0, 16).replace('T', ' ') ?? ''
