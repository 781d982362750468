import type { ErrorEnvelope } from '../error.wire.ts'
import type { ErrorEvent } from './events.wire.ts'

/**
 * An error that comes before the first event of a stream whose head is sent already. The Python package of OpenAI reads
 * `error`, its reference documents the fields beside it; both are there.
 */
export function toErrorEvent({ error }: ErrorEnvelope): ErrorEvent {
  const { code, message, param } = error
  return { type: 'error', sequence_number: 0, code, message, param, error }
}
