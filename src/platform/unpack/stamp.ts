import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EmbeddedFile } from '../embedded-libraries.ts'

/** Written last, so a folder with it was whole once. The time of its last change is the time when the folder was last used. */
export const stampName = '.unpacked.json'

/**
 * Each file as it was when its content was known to be right. `changed` is the time that no program can set, so a file
 * that was written to does not pass for the one that was unpacked even with its old size and time.
 */
export type Stamp = Readonly<Record<string, FileMark>>

interface FileMark {
  readonly bytes: number
  /** Milliseconds since 1970, with fractions, as `changed`. */
  readonly modified: number
  readonly changed: number
}

/** A later use within this time is not written down: disks are written to only where somebody gains by it. */
const useStepMilliseconds = 3600_000

/** Absent: there is none, or none that can be understood. */
export async function readStamp(folder: string): Promise<Stamp | undefined> {
  try {
    const stamp: unknown = JSON.parse(await readFile(join(folder, stampName), 'utf8'))
    const isStamp =
      typeof stamp === 'object' && stamp !== null && Object.values(stamp).every((mark) => Number.isFinite(mark?.bytes))
    return isStamp ? (stamp as Stamp) : undefined
  } catch {
    return undefined
  }
}

/** Whether all of the files are as they were stamped. Looks at no content. */
export async function isAsStamped(folder: string, files: readonly EmbeddedFile[]): Promise<boolean> {
  const stamp = await readStamp(folder)
  if (!stamp) return false
  try {
    const marks = await Promise.all(files.map(({ name }) => readMark(folder, name)))
    return files.every(({ name, bytes }, index) => {
      const [then, now] = [stamp[name], marks[index]]
      return (
        now?.bytes === bytes && then?.bytes === bytes && then.modified === now.modified && then.changed === now.changed
      )
    })
  } catch {
    return false
  }
}

interface StampCall {
  readonly folder: string
  readonly files: readonly EmbeddedFile[]
  /** Where it is written before it appears in the folder: what is left of it there must be removed by somebody. */
  readonly draft: string
  /** The rights of the file. */
  readonly mode: number
}

/** Whether all of the files are there, and not shorter or longer than they were built. Looks at no content. */
export async function hasAll(folder: string, files: readonly EmbeddedFile[]): Promise<boolean> {
  const sizes = await Promise.all(files.map(({ name }) => stat(join(folder, name)).catch(() => undefined)))
  return files.every(({ bytes }, index) => sizes[index]?.size === bytes)
}

/** Stamps the files, which must be right, and keeps what the stamp says of others. Rejects with the system's errors. */
export async function writeStamp({ folder, files, draft, mode }: StampCall): Promise<void> {
  const marks = await Promise.all(files.map(async ({ name }) => [name, await readMark(folder, name)] as const))
  const stamp = { ...(await readStamp(folder)), ...Object.fromEntries(marks) }
  try {
    await writeFile(draft, JSON.stringify(stamp), { mode, flag: 'wx' })
    await rename(draft, join(folder, stampName))
  } finally {
    await rm(draft, { force: true })
  }
}

/** Makes the next start read all that is there: for whoever found something wrong with it. Where that cannot be, it stays. */
export const removeStamp = (folder: string): Promise<void> =>
  rm(join(folder, stampName), { force: true }).catch(() => {})

/** When somebody last used the folder, in milliseconds since 1970; absent: it has no stamp. */
export const lastUse = (folder: string): Promise<number | undefined> =>
  stat(join(folder, stampName)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )

/**
 * Writes down that the folder is used now; where that cannot be written it is left out. Answers false where the stamp is
 * gone: somebody has just removed the folder as one that nobody uses.
 */
export async function noteUse(folder: string): Promise<boolean> {
  const now = Date.now()
  const last = await lastUse(folder)
  if (last === undefined) return false
  if (Math.abs(now - last) < useStepMilliseconds) return true
  return utimes(join(folder, stampName), now / 1000, now / 1000).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
}

async function readMark(folder: string, name: string): Promise<FileMark> {
  const { size, mtimeMs, ctimeMs } = await stat(join(folder, name))
  return { bytes: size, modified: mtimeMs, changed: ctimeMs }
}
