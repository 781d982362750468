import type { ServerError } from '../../core/errors.ts'

/** What a refusal says in the header `WWW-Authenticate` (RFC 6750, 3.1): nothing of an error where no key was sent. */
export function challengeOf(error: ServerError): string | undefined {
  const realm = 'Bearer realm="hearth"'
  if (error.code === 'key_missing') return realm
  if (error.kind === 'unauthenticated') return `${realm}, error="invalid_token"`
  if (error.code !== 'key_not_allowed') return undefined
  const { scope } = (error as ServerError<'key_not_allowed'>).facts
  return `${realm}, error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`
}
