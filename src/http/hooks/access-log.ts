import type { Log } from '../../observe/log.ts'
import type { RunningRequest } from '../running/running-request.ts'
import { pathText } from './path-text.ts'

/** What is known of a request when it has been answered. Never what was asked or answered. */
export interface AccessRecord {
  readonly requestId: string
  /** As the client named what it is a part of. */
  readonly correlationId: string | undefined
  /** Of the trace that it belongs to, in hexadecimal. */
  readonly traceId: string | undefined
  /** The address of the client, where it is known. */
  readonly client: string | undefined
  readonly method: string
  /** Without the query: that may hold keys. */
  readonly path: string
  /** Of a stream: as it began, or that of the error that ended it. */
  readonly status: number
  /** The code of what it was refused with, or has failed with. */
  readonly error: string | undefined
  readonly milliseconds: number
  /** Of the body that was sent. */
  readonly bytes: number
  /** The id of the API key that it came with. */
  readonly key: string | undefined
}

/** Writes the one line of a request, with what it has done with a model. */
export function logAccess(log: Log, record: AccessRecord, running: RunningRequest | undefined): void {
  const { milliseconds, path } = record
  log.info('request', {
    ...record,
    milliseconds: Math.round(milliseconds),
    path: pathText(path),
    ...(running && workOf(running)),
  })
}

function workOf({ countedAs, provider, tried, usage, firstMilliseconds }: RunningRequest) {
  return {
    model: countedAs,
    provider,
    tried: tried.length > 0 ? tried : undefined,
    promptTokens: usage?.promptTokens,
    completionTokens: usage?.completionTokens,
    firstTokenMilliseconds: firstMilliseconds === undefined ? undefined : Math.round(firstMilliseconds),
  }
}
