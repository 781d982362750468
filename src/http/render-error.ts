import { ServerError } from '../core/errors.ts'
import { toProblem } from '../protocol/management/problem.ts'
import type { ProblemDetails } from '../protocol/management/problem.wire.ts'
import { toErrorEnvelope } from '../protocol/openai/error.ts'
import type { ErrorEnvelope } from '../protocol/openai/error.wire.ts'
import type { Exchange } from './exchange.ts'
import { challengeOf } from './hooks/challenge.ts'

/** How a dialect says no. */
export interface ErrorDialect<Body = ErrorEnvelope | ProblemDetails> {
  readonly mediaType: string
  toBody(error: ServerError, exchange: Exchange): Body
}

export const openAiErrors: ErrorDialect<ErrorEnvelope> = {
  mediaType: 'application/json',
  toBody: (error, { id }) => toErrorEnvelope(error, id),
}

/** RFC 9457. */
export const problemDetails: ErrorDialect<ProblemDetails> = {
  mediaType: 'application/problem+json',
  toBody: (error, { path, id }) => toProblem(error, { path, requestId: id }),
}

/** An error, ready to be sent: as an answer of its own, or as an event. */
export interface RenderedError<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** Errors with which the reading of a body may end before the body does. */
const breaksBody: ReadonlySet<string> = new Set([
  'body_too_large',
  'body_timeout',
  'request_timeout',
  'too_much_at_once',
])

/** What is thrown once the client has left is about that, whatever it says. Everything unknown becomes `internal`. */
export function renderError<Body>(
  error: unknown,
  exchange: Exchange,
  dialect: ErrorDialect<Body>,
): RenderedError<Body> {
  const known = toServerError(error, exchange)
  exchange.note(known)
  const headers: Record<string, string> = { 'content-type': dialect.mediaType }
  if (known.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(known.retryAfterSeconds))
  if (known.code === 'method_not_allowed')
    headers.allow = (known as ServerError<'method_not_allowed'>).facts.allowed.join(', ')
  const challenge = challengeOf(known)
  if (challenge) headers['www-authenticate'] = challenge
  // The rest of the body may still be on its way, and would be taken for the next request.
  if (breaksBody.has(known.code)) headers.connection = 'close'
  return { status: known.status, headers, body: dialect.toBody(known, exchange) }
}

function toServerError(error: unknown, exchange: Exchange): ServerError {
  const { log } = exchange.services
  if (exchange.hasLeft) return new ServerError('request_cancelled', {})
  if (exchange.stopped) return exchange.stopped
  if (error instanceof ServerError) {
    if (error.status >= 500)
      log.warn(loggedMessage(error, exchange), {
        requestId: exchange.id,
        code: error.code,
        ...(error.upstream && { upstream: error.upstream }),
        ...(error.cause !== undefined && { cause: describe(error.cause) }),
      })
    return error
  }
  log.error('a request failed for a reason that has no row in the catalog', {
    requestId: exchange.id,
    reference: exchange.id,
    error: describe(error),
  })
  return new ServerError('internal', { reference: exchange.id })
}

/** What another server says of a request may repeat it, and belongs to its client then. */
const loggedMessage = ({ message, code, upstream }: ServerError, { services }: Exchange): string =>
  upstream === undefined || services.limits.current.logsContent ? message : code.replaceAll('_', ' ')

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${describe(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
