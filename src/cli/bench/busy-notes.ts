import { loadavg } from 'node:os'
import { usableCores } from '../../platform/machine.ts'
import type { HearthClient } from '../client/hearth-client.ts'

/** What else is being done here, a sentence each: figures that are measured beside it are lower than they could be. */
export async function busyNotes({ client, signal }: { client: HearthClient; signal: AbortSignal }): Promise<string[]> {
  const notes: string[] = []
  if (/^https?:\/\/(127\.|localhost|\[::1\])/.test(client.url))
    notes.push(...loadNotes(loadavg()[0] ?? 0, usableCores()))
  const running = await client
    .json<{ data: readonly unknown[] }>({ path: '/v1/requests', signal })
    .then(({ data }) => data.length)
    .catch(() => 0)
  signal.throwIfAborted()
  if (running > 0)
    notes.push(`the server is working on ${running} other requests: the figures are lower than they could be`)
  return notes
}

/** Pure. A core that is mostly idle is none that is missed. */
export function loadNotes(load: number, cores: number): string[] {
  if (load < cores * 0.25) return []
  return [`the machine is busy (load ${load.toFixed(1)} on ${cores} cores): the figures are lower than they could be`]
}
