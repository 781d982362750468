import type { Database } from './database.ts'

/** This server among those that may have the same file open. */
export interface ServerIdentity {
  /** Random, so that no server is ever taken for another one. */
  readonly id: string
  readonly host: string
  readonly process: number
}

/** Whether a process of this machine is running. */
export type ProcessProbe = (process: number) => boolean

/** A server that has not been seen for so long is gone. */
const patienceMilliseconds = 20_000
/** How often a server that works on something says that it is there. */
export const renewalMilliseconds = 5000

interface ServerRow {
  readonly host: string
  readonly process: number
  readonly seen_milliseconds: number
}

/** Says that this server is there. */
export function renew(database: Database, self: ServerIdentity, now: number): void {
  database.run(
    `INSERT INTO servers (id, host, process, seen_milliseconds) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET seen_milliseconds = excluded.seen_milliseconds`,
    self.id,
    self.host,
    self.process,
    now,
  )
  database.run('DELETE FROM servers WHERE seen_milliseconds < ?', now - 100 * patienceMilliseconds)
}

/**
 * Whether the server that began something is gone. On the same machine that shows at once; elsewhere, and where another
 * process got its number, when it has been silent for a while.
 */
export function isGone(
  database: Database,
  owner: string,
  asked: { readonly self: ServerIdentity; readonly now: number; readonly isRunning: ProcessProbe },
): boolean {
  const { self, now, isRunning } = asked
  if (owner === self.id) return false
  const row = database.get<ServerRow>('SELECT host, process, seen_milliseconds FROM servers WHERE id = ?', owner)
  if (!row || row.seen_milliseconds < now - patienceMilliseconds) return true
  // In a container every server has the same number, one after the other.
  return row.host === self.host && (row.process === self.process || !isRunning(row.process))
}
