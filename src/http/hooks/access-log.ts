import type { Log } from '../../observe/log.ts'

/** What is known of a request when it has been answered. Never what was asked or answered. */
export interface AccessRecord {
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** Of a stream: as it began, or that of the error that ended it. */
  readonly status: number
  readonly milliseconds: number
  /** Of the body that was sent. */
  readonly bytes: number
  /** The id of the API key that it came with. */
  readonly key?: string
}

/** Writes the one line of a request. */
export function logAccess(log: Log, record: AccessRecord): void {
  log.info('request', { ...record, milliseconds: Math.round(record.milliseconds) })
}
