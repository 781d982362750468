import { stat, statfs } from 'node:fs/promises'
import { ServerError } from '../../core/errors.ts'

/** Left to the rest of the system. */
export const RESERVE_BYTES = 64 * 1024 * 1024

/** What is still to come to a disk, for as long as it comes. */
export interface SpaceClaim extends Disposable {
  /** Bytes that are not here yet. */
  bytes: number
}

interface DiskClaim {
  bytes: number
  readonly disk: number
}

/** Of all downloads of this process: what one of them still needs is not free for another. */
const claims = new Set<DiskClaim>()

/** Throws `disk_full` when the disk of a folder has not that many bytes to spare, besides what is still to come to it. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  using _claim = await claimSpace(folder, bytes)
}

/** As `requireSpace`; the bytes are kept for the caller until what is returned is disposed of. */
export async function claimSpace(folder: string, bytes: number): Promise<SpaceClaim> {
  const [{ bavail, bsize }, { dev: disk }] = await Promise.all([statfs(folder), stat(folder)])
  const claimed = [...claims].reduce((sum, claim) => sum + (claim.disk === disk ? claim.bytes : 0), 0)
  const freeBytes = Math.max(0, bavail * bsize - claimed)
  if (bytes + RESERVE_BYTES > freeBytes) {
    const others = claimed > 0 ? { claimedBytes: claimed } : {}
    throw new ServerError('disk_full', {
      path: folder,
      needBytes: bytes,
      freeBytes,
      reserveBytes: RESERVE_BYTES,
      ...others,
    })
  }
  const claim = { bytes, disk, [Symbol.dispose]: () => void claims.delete(claim) }
  claims.add(claim)
  return claim
}

/** What a disk says that takes no more, as `disk_full`; anything else as it is. `needBytes`: what was still to come. */
export async function explainFullDisk(error: unknown, folder: string, needBytes: number): Promise<unknown> {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  const freeBytes = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  )
  return new ServerError('disk_full', { path: folder, needBytes, freeBytes }, { cause: error })
}
