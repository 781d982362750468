import { readFileSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'

/** Cores that this process may really use: its affinity and its control group's quota, not what the machine has. */
export function usableCores(): number {
  const quota = cpuQuota(readOrEmpty('/sys/fs/cgroup/cpu.max'))
  // A quota of one and a half cores is one: a spinning thread that is throttled holds up all the others.
  return Math.max(1, Math.min(availableParallelism(), Math.floor(quota)))
}

/** Cores that a line of cgroup v2's cpu.max allows; infinite where it sets no limit. */
export function cpuQuota(line: string): number {
  const [quota, period] = line.trim().split(' ').map(Number)
  return quota && period ? Math.max(1, quota / period) : Number.POSITIVE_INFINITY
}

/** Bytes of main memory that this process can still have without pushing others out. */
export function availableMemoryBytes(): number {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readOrEmpty('/proc/meminfo'))?.[1]
  const machine = available ? Number(available) * 1024 : freemem()
  const limit = Number(readOrEmpty('/sys/fs/cgroup/memory.max'))
  const used = Number(readOrEmpty('/sys/fs/cgroup/memory.current'))
  return limit > 0 && used > 0 ? Math.max(0, Math.min(machine, limit - used)) : machine
}

/** These files exist on Linux only, and not in every container. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
