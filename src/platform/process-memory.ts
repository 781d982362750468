import { readFileSync } from 'node:fs'

/**
 * Bytes of main memory that a process takes now: its resident pages, as `top` and `ps` show them (RSS), and those of its
 * pages that were swapped out. Pages of a memory-mapped file count as far as they are resident, so the weights of a model
 * do; pages that several processes share, such as those of the program itself, count in each of them. It costs one small
 * file, whatever the size of the process. `undefined`: there is no such process, or this system does not tell: outside of
 * Linux only the own process is known.
 */
export function processMemoryBytes(pid: number): number | undefined {
  if (process.platform === 'linux') return readStatus(readOrEmpty(`/proc/${pid}/status`))
  return pid === process.pid ? process.memoryUsage.rss() : undefined
}

/**
 * Bytes of them that are pages of files: the system takes them back when it needs memory, and counts them as available. As
 * `processMemoryBytes`; undefined outside of Linux.
 */
export function processFileBytes(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const files = kibibytes(readOrEmpty(`/proc/${pid}/status`), 'RssFile')
  return files === undefined ? undefined : files * 1024
}

/** What /proc/PID/status says of it. A process that has ended, but was not waited for, has no such lines. Pure. */
export function readStatus(status: string): number | undefined {
  const resident = kibibytes(status, 'VmRSS')
  return resident === undefined ? undefined : (resident + (kibibytes(status, 'VmSwap') ?? 0)) * 1024
}

function kibibytes(status: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return found === undefined ? undefined : Number(found)
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
