import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { isProcessRunning } from '../process-probe.ts'
import { mayRemove } from './folder-trust.ts'

/** `.new-<machine>-<process>-<its beginning>-<anything>`: so that others know whether whoever made it still lives. */
const namePattern = /^\.new-([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{8}$/

/**
 * Of a process that cannot be looked for, such as one in another container, or of which only the number is known, which
 * another may have by now: no unpacking rests that long.
 */
const foreignAgeMilliseconds = 3600_000

/** A path in `parent` for something that nobody but this process may rely on; nothing is made. */
export const draftPath = (parent: string): string =>
  join(parent, `.new-${machine()}-${process.pid}-${beginningOf(process.pid)}-${randomUUID().slice(0, 8)}`)

/** Makes a folder of that kind with these rights, and `parent` too. Rejects with the system's errors. */
export async function makeDraftFolder(parent: string, mode = 0o700): Promise<string> {
  await mkdir(parent, { recursive: true, mode })
  const path = draftPath(parent)
  await mkdir(path, { mode })
  return path
}

/** Removes what processes left behind in `parent` that ended in the middle of it, and nothing of those that live or of other users. Never rejects. */
export async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const path = join(parent, name)
    if ((await isLeftover(path, namePattern.exec(name))) && (await mayRemove(path)))
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

async function isLeftover(path: string, match: RegExpExecArray | null): Promise<boolean> {
  if (!match) return false
  const [, itsMachine, number, beginning] = match
  if (itsMachine === machine()) {
    if (!isRunning(Number(number), String(beginning))) return true
    if (beginning !== unknownBeginning || Number(number) === process.pid) return false
  }
  return Date.now() - (await lastChange(path)) > foreignAgeMilliseconds
}

/**
 * A number is given anew after its process has ended, so the time of its beginning must be the same where it is known. An
 * emulator such as qemu-user tells a process of itself a time a little after the one that others see.
 */
function isRunning(number: number, beginning: string): boolean {
  if (!isProcessRunning(number)) return false
  const fields = statFields(number)
  // One that has ended, and that its parent has not asked about.
  if (/^[ZX]/.test(fields[0] ?? '')) return false
  return Math.abs(Number(beginningOf(number)) - Number(beginning)) <= emulatorsDelayTicks
}

const emulatorsDelayTicks = 1000

/** Of processes on systems that do not tell it like Linux. */
const unknownBeginning = '0'

/** Of the folder or of anything in it, or of the file, in milliseconds since 1970. */
async function lastChange(path: string): Promise<number> {
  try {
    const names = (await lstat(path)).isDirectory() ? await readdir(path, { recursive: true }) : []
    const paths = [path, ...names.map((name) => join(path, name))]
    const times = await Promise.all(paths.map(async (each) => (await lstat(each)).mtimeMs))
    return Math.max(...times)
  } catch {
    // It is being written, or removed by somebody else.
    return Date.now()
  }
}

/** Where process numbers mean the same: one start of one machine, and there one container. */
function machine(): string {
  const read = [() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), () => readlinkSync('/proc/self/ns/pid')]
  const parts = [hostname(), ...read.map((each) => attempt(each) ?? '')]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

/** When a process began, in ticks since the machine's start. */
function beginningOf(number: number): string {
  const [ticks = ''] = statFields(number).slice(19)
  return /^\d+$/.test(ticks) ? ticks : unknownBeginning
}

/** What Linux tells of a process, from the third field on, its state; none elsewhere. */
function statFields(number: number): readonly string[] {
  const text = attempt(() => readFileSync(`/proc/${number}/stat`, 'utf8'))
  // The second field is the program's name in brackets, which may hold anything.
  return text === undefined ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
