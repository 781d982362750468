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
}

const BEAT_MILLISECONDS = 5000
/** A holder that is alive touches its file more often than that. */
const STALE_MILLISECONDS = 30_000
const POLL_MILLISECONDS = 250

/**
 * Waits until no other process holds the lock, and takes it. A lock whose holder died is taken over after half a
 * minute, or at once where its process can be seen to be gone. Rejects with the signal's reason once it aborts.
 */
export async function takeFileLock({ path, signal, onWait }: LockCall): Promise<AsyncDisposable> {
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  for (let hasWaited = false; ; hasWaited = true) {
    signal.throwIfAborted()
    if (await create(path, token)) return hold(path, token)
    await removeIfStale(path)
    if (!hasWaited) onWait?.()
    await pause(POLL_MILLISECONDS, signal)
  }
}

/** A link fails where a file is already, and the file is never seen without its content. */
async function create(path: string, token: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, token)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

function hold(path: string, token: string): AsyncDisposable {
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
    const { pid, host } = JSON.parse(content) as { pid?: unknown; host?: unknown }
    if (typeof pid !== 'number' || host !== hostname()) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
