import { statfs } from 'node:fs/promises'
import { SourceProblem } from './source-problem.ts'

/** Left to the rest of the system. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** Throws `SourceProblem` when the disk of a folder has not that many bytes to spare. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize - RESERVE_BYTES
  if (bytes <= free) return
  throw new SourceProblem(`the disk of ${folder} has ${megabytes(free)} free, and ${megabytes(bytes)} are needed`)
}

const megabytes = (bytes: number) => `${Math.max(0, Math.ceil(bytes / 1e6))} MB`
