import { statfs } from 'node:fs/promises'
import { ServerError } from '../../core/errors.ts'

/** Left to the rest of the system. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** Throws `disk_full` when the disk of a folder has not that many bytes to spare. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = Math.max(0, bavail * bsize - RESERVE_BYTES)
  if (bytes > free) throw new ServerError('disk_full', { path: folder, needBytes: bytes, freeBytes: free })
}
