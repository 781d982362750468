import { readdirSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** The share of all processor time that is used by anybody, over so many milliseconds; 0 where nobody tells. */
export async function busyShare(milliseconds: number): Promise<number> {
  const before = processorTicks()
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const after = processorTicks()
  const total = after.total - before.total
  return total > 0 ? 1 - (after.idle - before.idle) / total : 0
}

/** The machine, in words. */
export function describeMachine(): string {
  const [first] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${gigabytes} GiB, ${process.platform} ${process.arch}, Bun ${Bun.version}`
}

/** Bytes of main memory that a process has for itself, and those that it shares with files (its weights, when mapped). */
export function memoryOf(processId: number): { ownBytes: number; fileBytes: number } {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  return { ownBytes: read('RssAnon'), fileBytes: read('RssFile') }
}

/** Processor time that all threads of a process have used, in milliseconds, as the scheduler counts it. */
export function processorMilliseconds(processId: number): number {
  const threads = readdirSync(`/proc/${processId}/task`)
  const nanoseconds = threads.map((thread) => {
    try {
      return Number(readFileSync(`/proc/${processId}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      return 0 // it has ended meanwhile
    }
  })
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
}

function processorTicks() {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? []
  const [, , , idle = 0, waiting = 0] = fields
  return { idle: idle + waiting, total: fields.reduce((sum, ticks) => sum + ticks, 0) }
}
