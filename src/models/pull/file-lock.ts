import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { pause } from './patience.ts'

export interface LockCall {
  /** The lock's own file; made when the lock is taken, gone when it is given back. */
  readonly path: string
  readonly signal: AbortSignal
  /** Called once, when another process has the lock. */
  readonly onWait?: () => void
  /** Makes a hard link, or rejects as a file system does that has none. Absent: the system's. */
  readonly makeLink?: (from: string, to: string) => Promise<void>
}

const BEAT_MILLISECONDS = 5000
/** A holder that is alive touches its file more often than that. */
const STALE_MILLISECONDS = 30_000
const POLL_MILLISECONDS = 250

/** Those that this process holds, by their ids. */
const held = new Set<unknown>()

/**
 * Waits until no other process holds the lock, and takes it. A lock whose holder died is taken over after half a
 * minute, or at once where its process can be seen to be gone. Rejects with the signal's reason once it aborts.
 */
export async function takeFileLock({ path, signal, onWait, makeLink = link }: LockCall): Promise<AsyncDisposable> {
  const id = randomUUID()
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id })
  for (let hasWaited = false; ; hasWaited = true) {
    signal.throwIfAborted()
    if (await createAs(id, () => create({ path, token, makeLink }))) return hold(path, token, id)
    await removeIfStale(path)
    if (!hasWaited) onWait?.()
    await pause(POLL_MILLISECONDS, signal)
  }
}

/** Nobody of this process may take the lock for a dead one's while it is made. */
async function createAs(id: string, make: () => Promise<boolean>): Promise<boolean> {
  held.add(id)
  const isMade = await make().catch((error: unknown) => {
    held.delete(id)
    throw error
  })
  if (!isMade) held.delete(id)
  return isMade
}

interface LockFile extends Required<Pick<LockCall, 'path' | 'makeLink'>> {
  readonly token: string
}

/** A link fails where a file is already, and the file is never seen without its content. */
async function create({ path, token, makeLink }: LockFile): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, token)
  try {
    await makeLink(draft, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code && withoutLinks.has(code)) return await createPlainly(path, token)
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** What file systems say that have no hard links: exFAT, many network shares. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'])

/** Whoever finds the file without its content takes it for one that is held. */
async function createPlainly(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function hold(path: string, token: string, id: string): AsyncDisposable {
  const timer = setInterval(() => {
    const now = new Date()
    // Whoever removed the file has taken the lock over: then there is nothing to keep fresh.
    utimes(path, now, now).catch(() => {})
  }, BEAT_MILLISECONDS)
  timer.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      if ((await contentOf(path)) === token) await rm(path, { force: true })
      held.delete(id)
    },
  }
}

async function removeIfStale(path: string): Promise<void> {
  const content = await contentOf(path)
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  if (content === undefined || (age < STALE_MILLISECONDS && !isGone(content))) return
  // Two waiters may come to this at once: the one that moves away a fresh lock puts it back.
  const aside = `${path}.${randomUUID()}`
  await rename(path, aside).catch(() => {})
  if ((await contentOf(aside)) !== content) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

/** Whether the holder's process is surely gone; of one on another machine, or in another container, that is unknown. */
function isGone(content: string): boolean {
  try {
    const { pid, host, id } = JSON.parse(content) as { pid?: unknown; host?: unknown; id?: unknown }
    if (typeof pid !== 'number' || host !== hostname()) return false
    // In a container that is started again every process has the number that its predecessor had.
    if (pid === process.pid) return !held.has(id)
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
