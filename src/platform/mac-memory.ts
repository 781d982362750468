import { execFileSync } from 'node:child_process'
import { freemem, totalmem } from 'node:os'

/** How old what was read last may be. Reading costs a process of some milliseconds. */
const maxAgeMilliseconds = 1000

/**
 * What `vm_stat` says a program can still have, in bytes: pages that are free, that were read ahead, and that were not used
 * lately, as psutil counts them. Purgeable pages stand among the others. Undefined where it says something else. Pure.
 */
export function readVmStat(text: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1])
  const pages = (name: string) => Number(new RegExp(`^Pages ${name}:\\s+(\\d+)\\.?$`, 'm').exec(text)?.[1])
  const [free, inactive] = [pages('free'), pages('inactive')]
  if (!(pageBytes > 0) || Number.isNaN(free) || Number.isNaN(inactive)) return undefined
  return (free + inactive + (pages('speculative') || 0)) * pageBytes
}

/** What the reading of a Mac's memory needs of the world. */
export interface MacMemoryParts {
  /** What `vm_stat` prints; throws where it cannot be had. */
  readonly run: () => string
  /** Milliseconds, of a clock that goes forward only. */
  readonly now: () => number
  readonly freeBytes: () => number
  readonly totalBytes: number
}

/**
 * Bytes of memory that a program on macOS can still have, at most a second old. `os.freemem` knows of unused pages only, and
 * macOS leaves next to none unused: it is what is told where `vm_stat` cannot be asked.
 */
export function macMemory(parts: MacMemoryParts): () => number {
  let last: { readonly at: number; readonly bytes: number | undefined } | undefined
  return () => {
    if (!last || parts.now() - last.at >= maxAgeMilliseconds) last = { at: parts.now(), bytes: ask(parts) }
    const bytes = last.bytes ?? parts.freeBytes()
    return Math.min(bytes, parts.totalBytes)
  }
}

function ask({ run }: MacMemoryParts): number | undefined {
  try {
    return readVmStat(run())
  } catch {
    return undefined
  }
}

/** This machine's, where it is a Mac. */
export const availableMacBytes = macMemory({
  run: () => execFileSync('/usr/bin/vm_stat', { encoding: 'utf8', timeout: 1000, stdio: ['ignore', 'pipe', 'ignore'] }),
  now: () => performance.now(),
  freeBytes: freemem,
  totalBytes: totalmem(),
})
