import type { ErrorKind, ServerError } from '../../core/errors.ts'
import type { ErrorEnvelope } from './error.wire.ts'

const typeOf = {
  'invalid-request': 'invalid_request_error',
  unauthenticated: 'invalid_request_error',
  forbidden: 'invalid_request_error',
  'not-found': 'invalid_request_error',
  overloaded: 'rate_limit_error',
  unavailable: 'service_unavailable_error',
  internal: 'server_error',
} as const satisfies Record<ErrorKind, string>

/**
 * An error in OpenAI's envelope, with our `hint` and the name of the request as fields of their own. In a stream the same
 * object is an event.
 */
export function toErrorEnvelope(error: ServerError, requestId?: string): ErrorEnvelope {
  const { message, kind, param, code, hint, upstream } = error
  return {
    error: {
      message,
      type: typeOf[kind],
      param: param ?? null,
      code,
      hint,
      ...(upstream && { upstream }),
      ...(requestId !== undefined && { request_id: requestId }),
    },
  }
}
