import { mayDo, type Scope } from '../../core/access.ts'
import { ServerError } from '../../core/errors.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import type { KeyFinding, KeyRing } from '../../store/key-ring.ts'
import { presentedKey } from './presented-key.ts'
import { shareOf } from './share-of.ts'

/** Who sent a request. */
export interface Caller {
  /** Who pays for it: shares get equal parts of each model. */
  readonly share: string
  /** Absent where no key is asked for. */
  readonly key?: ApiKey
  /** Whether it may be told what is on this machine: everybody may where no key is asked for. */
  readonly isKnown: boolean
}

/** What a route asks of a key; `open`: it answers everybody; `any`: every key that is valid. */
export type RouteScope = Scope | 'open' | 'any'

/**
 * Tells who sends this and whether they may, from the head of the request alone. Throws `key_missing`, `invalid_api_key`,
 * `key_expired`, `key_not_allowed` and `keys_unavailable`; on an open route nothing, and whoever has no valid key is a
 * stranger there.
 */
export function authorise(headers: Headers, scope: RouteScope, keys: KeyRing): Caller {
  if (scope === 'open') return strangerOr(() => identify(headers, keys))
  const caller = toldToStrangers(() => identify(headers, keys))
  if (caller.key && scope !== 'any' && !mayDo(caller.key.scopes, scope)) throw lacking(caller.key, scope)
  return caller
}

function identify(headers: Headers, keys: KeyRing): Caller {
  if (!keys.isAsked()) return { share: shareOf(headers), isKnown: true }
  const secret = presentedKey(headers)
  if (secret === undefined) {
    const isOther = !/^\s*(bearer\b|$)/i.test(headers.get('authorization') ?? '')
    throw new ServerError('key_missing', { isOther })
  }
  const finding = keys.find(secret)
  if (finding.state !== 'valid') throw refusalOf(finding)
  return { share: finding.key.id, key: finding.key, isKnown: true }
}

/** Where the file of the keys lies is for the log: nobody knows who asks. */
function toldToStrangers(identified: () => Caller): Caller {
  try {
    return identified()
  } catch (error) {
    if (error instanceof ServerError && error.code === 'keys_unavailable')
      throw new ServerError('keys_unavailable', {}, { cause: error })
    throw error
  }
}

function strangerOr(identified: () => Caller): Caller {
  try {
    return identified()
  } catch (error) {
    if (error instanceof ServerError) return { share: 'anonymous', isKnown: false }
    throw error
  }
}

const problems = {
  unknown: 'is not known here',
  revoked: 'was revoked',
  mistyped: 'has a mistake in it: its last characters do not match the rest',
} as const

function refusalOf(finding: Exclude<KeyFinding, { state: 'valid' }>): ServerError {
  if (finding.state !== 'expired') return new ServerError('invalid_api_key', { problem: problems[finding.state] })
  const { name, expiresSeconds = 0 } = finding.key
  return new ServerError('key_expired', { key: name, at: new Date(expiresSeconds * 1000).toISOString() })
}

function lacking({ name, scopes }: ApiKey, scope: Scope): ServerError {
  const problem = `it has the scope ${scopes.join(' and ')}, and this asks for ${scope}`
  return new ServerError('key_not_allowed', { key: name, problem, scope })
}
