import type { FileHandle } from 'node:fs/promises'
import { isWhole } from './check-frame.ts'
import { type BundledFile, startBytes } from './contents.ts'
import { placesOf } from './find-bytes.ts'

/** A file inside an executable, looked over. */
export interface CheckedFile extends BundledFile {
  /** Where it begins; absent: no such file is there whole. */
  readonly at?: number
}

export interface WantedFiles {
  readonly wanted: readonly BundledFile[]
  /** Of the executable, in bytes. */
  readonly size: number
}

/** What a check may still cost, in bytes. A list that lies claims the whole file many times over, or a frame that unpacks without end. */
interface Budget {
  compressed: number
  unpacked: number
}

/** An executable of ours is read once, and unpacked has less than a gigabyte. */
const budgetFor = (size: number): Budget => ({ compressed: 4 * size + 16 * 1024 * 1024, unpacked: 4 * 1024 ** 3 })

/** A place costs this much besides its bytes. */
const placeBytes = 4096

/** So many beginnings that are alike are in no executable of ours. */
const mostPlaces = 256

/**
 * Looks for files in an executable: each frame of Zstandard that begins as one of them does is a place where it may be. What
 * would cost more than all of an honest executable is answered as not there.
 */
export async function checkFiles(file: FileHandle, { wanted, size }: WantedFiles): Promise<readonly CheckedFile[]> {
  const places = new Map<string, number[]>(wanted.map(({ compressed }) => [compressed.start, []]))
  const frame = Buffer.from('28b52ffd', 'hex')
  for await (const { at, window } of placesOf(file, frame, startBytes)) {
    const same = places.get(window.toString('hex'))
    if (same && same.length < mostPlaces) same.push(at)
  }
  const budget = budgetFor(size)
  const checked: CheckedFile[] = []
  for (const each of wanted) {
    const inside = (places.get(each.compressed.start) ?? []).filter((at) => at + each.compressed.bytes <= size)
    const at = await firstWhole(file, inside, { wanted: each, budget })
    checked.push({ ...each, ...(at !== undefined && { at }) })
  }
  return checked
}

async function firstWhole(
  file: FileHandle,
  places: readonly number[],
  { wanted, budget }: { readonly wanted: BundledFile; readonly budget: Budget },
): Promise<number | undefined> {
  for (const at of places) {
    // Once for its checksum, and once to unpack it.
    budget.compressed -= wanted.compressed.bytes + placeBytes
    budget.unpacked -= wanted.bytes
    if (budget.compressed < 0 || budget.unpacked < 0) return undefined
    if (await isWhole(file, at, wanted)) return at
  }
  return undefined
}
