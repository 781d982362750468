import { availableParallelism, freemem } from 'node:os'
import process from 'node:process'
import { controlGroupLimits } from './control-group.ts'
import { availableMacBytes } from './mac-memory.ts'
import { readTextOrEmpty } from './read-text.ts'

/** Cores that this process may really use: its affinity and its control groups' quota, not what the machine has. */
export function usableCores(): number {
  const { cores } = controlGroupLimits(readTextOrEmpty)
  // A quota of one and a half cores is one: a spinning thread that is throttled holds up all the others.
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cores)))
}

/** Bytes of main memory that this process can still have without pushing others out. What Windows calls free is that. */
export function availableMemoryBytes(): number {
  if (process.platform === 'darwin') return availableMacBytes()
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readTextOrEmpty('/proc/meminfo'))?.[1]
  const machine = available ? Number(available) * 1024 : freemem()
  return Math.min(machine, controlGroupLimits(readTextOrEmpty).freeBytes)
}

/** Both, as they are now. */
export const readMachine = () => ({ cores: usableCores(), memoryBytes: availableMemoryBytes() })
