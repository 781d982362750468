import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the states of one loaded model are kept. */
export interface StateFolder {
  readonly path: string
  readonly mostBytes: number
  /** Whether it is still there after the process: then its files are not only ours. */
  readonly isLasting: boolean
  close(): void
}

/** On Linux a file system in memory, which every process may write to. */
const memoryFileSystem = '/dev/shm'

/**
 * A new folder that nobody else may look into, on a file system in memory where there is one with room, otherwise in the
 * system's temporary folder. It goes with the process; what processes left behind that were killed goes now. Nothing
 * when there is no room. Throws what the file system throws.
 */
export function openMemoryFolder(wantedBytes: number, bases = [memoryFileSystem, tmpdir()]): StateFolder | undefined {
  for (const base of bases) {
    const mostBytes = Math.min(wantedBytes, Math.floor(freeBytes(base) / 2))
    if (mostBytes <= 0) continue
    sweep(base)
    const path = mkdtempSync(join(base, `${prefix()}${process.pid}-`))
    const remove = () => rmSync(path, { recursive: true, force: true })
    process.on('exit', remove)
    const close = () => {
      process.off('exit', remove)
      remove()
    }
    return { path, mostBytes, isLasting: false, close }
  }
  return undefined
}

/** The part of a configured folder that is for one kind of state. Throws what the file system throws. */
export function openLastingFolder(folder: string, identity: string, mostBytes: number): StateFolder {
  const path = join(folder, identity)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return { path, mostBytes, isLasting: true, close() {} }
}

/** Whether there is a process of that number, as far as this one can see. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Two containers may share a memory file system, and have processes of the same numbers. */
function prefix(): string {
  try {
    return `hearth-states-${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0}-`
  } catch {
    return 'hearth-states-0-'
  }
}

/** Removes the folders of processes that are gone, as far as they are our own user's. */
function sweep(base: string) {
  const own = prefix()
  for (const name of readdirSync(base)) {
    const processId = name.startsWith(own) && /^(\d+)-/.exec(name.slice(own.length))?.[1]
    if (!processId || isAlive(Number(processId))) continue
    const path = join(base, name)
    if (isOurs(path)) rmSync(path, { recursive: true, force: true })
  }
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isDirectory() === true && (process.getuid === undefined || found.uid === process.getuid())
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}
