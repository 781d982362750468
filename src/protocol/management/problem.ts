import type { ServerError } from '../../core/errors.ts'
import type { ProblemDetails } from './problem.wire.ts'

/** An error as problem details; `path` is what was asked for. */
export function toProblem(error: ServerError, asked: { path: string; requestId: string }): ProblemDetails {
  const { code, status, message, hint, param, retryAfterSeconds } = error
  const words = code.replaceAll('_', ' ')
  return {
    type: `urn:hearth:problem:${code}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status,
    detail: message,
    instance: asked.path,
    code,
    hint,
    request_id: asked.requestId,
    ...(retryAfterSeconds !== undefined && { retry_after: Math.ceil(retryAfterSeconds) }),
    ...(param !== undefined && { errors: [{ field: param, pointer: toPointer(param), detail: message }] }),
  }
}

/** `lora[0].scale` → `#/lora/0/scale`. */
const toPointer = (field: string): string =>
  `#/${field
    .replaceAll('~', '~0')
    .replaceAll('/', '~1')
    .replace(/\[(\d+)\]/g, '/$1')
    .replaceAll('.', '/')
    .replace(/^\//, '')}`
