import type { MemoryBytes, MemoryEstimate } from '../core/memory.ts'
import type { LoadedFacts, ModelEntry } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'

/** What there is for models. */
export interface MemoryLimits {
  /** Bytes of main memory that can still be had; asked anew each time. */
  readonly availableBytes: () => number
  /**
   * Bytes of all memory of the GPUs, and those that could still be had when they were last read. Absent or undefined:
   * nobody knows, and nothing is refused for it.
   */
  readonly deviceMemory?: () => { readonly totalBytes: number; readonly freeBytes: number } | undefined
  /** Bytes of main memory that all models may take together. Absent: what the machine gives. */
  readonly limitBytes?: number
}

/** What is known of the memory of one model. */
export interface MemoryUse {
  readonly entry: Pick<ModelEntry, 'id'>
  readonly estimate: MemoryBytes & Pick<MemoryEstimate, 'stateBytes'>
  readonly state: string
  readonly loaded?: Pick<LoadedModel, 'memoryBytes' | 'reclaimableBytes'> & {
    readonly facts?: Pick<LoadedFacts, 'stateBytes'>
  }
}

/** Bytes that can still be had, and how much that would be without any model. */
export interface MemoryStanding {
  readonly free: MemoryBytes
  readonly total: MemoryBytes
}

/** How the memory stands at one moment. */
export interface MemoryAccount extends MemoryStanding {
  /** What could be had if these models left. */
  readonly freeWithout: (ids: readonly string[]) => MemoryBytes
}

const statesOf = ({ loaded }: MemoryUse) => loaded?.facts?.stateBytes ?? 0

/**
 * What a model is counted with: what it was expected to take, since it may come to that at any time, and what it takes where
 * that is more; and what it keeps of prompts now.
 */
export const chargeFor = (
  { mainBytes, deviceBytes }: MemoryBytes,
  { measuredBytes = 0, stateBytes = 0 }: { readonly measuredBytes?: number; readonly stateBytes?: number },
): MemoryBytes => ({ mainBytes: Math.max(mainBytes, measuredBytes) + stateBytes, deviceBytes })

/** As `chargeFor`, measured now. */
export const chargeOf = (use: MemoryUse): MemoryBytes =>
  chargeFor(use.estimate, { measuredBytes: use.loaded?.memoryBytes?.() ?? 0, stateBytes: statesOf(use) })

/**
 * What it may come to keep of prompts beyond that. It counts against a limit, which nobody else watches over; the machine's
 * memory it watches over itself, and keeps no more where that becomes scarce.
 */
const reserveOf = (use: MemoryUse): number => Math.max(0, (use.estimate.stateBytes ?? 0) - statesOf(use))

/**
 * What is left beside these models, of the limit and of the machine. The machine's own figure is without what the models
 * have taken already; what they are counted with beyond that is kept for them. `others`: bytes of the GPUs that others
 * have; absent: what is missing there beside these models.
 */
export function accountOf(uses: readonly MemoryUse[], limits: MemoryLimits, others?: number): MemoryAccount {
  const { limitBytes = Number.POSITIVE_INFINITY } = limits
  const counted = uses.map((use) => ({ id: use.entry.id, charge: chargeOf(use), reserve: reserveOf(use) }))
  const taken = uses.reduce((sum, use) => sum + takenOf(use), 0)
  const machineBytes = limits.availableBytes() + taken
  const { totalBytes } = limits.deviceMemory?.() ?? unknown
  const deviceBytes = totalBytes - (others ?? othersOnDevice(uses, limits))
  const freeWithout = (ids: readonly string[]) => {
    const left = counted.filter(({ id }) => !ids.includes(id))
    const charged = sumOf(left.map(({ charge }) => charge))
    const reserved = left.reduce((sum, { reserve }) => sum + reserve, 0)
    const mainBytes = Math.min(limitBytes - reserved, machineBytes)
    return minus({ mainBytes, deviceBytes }, charged)
  }
  return { total: { mainBytes: Math.min(limitBytes, machineBytes), deviceBytes }, free: freeWithout([]), freeWithout }
}

/**
 * Bytes of the GPUs that others have than these models, if they were there when that was read. What has just come, and is in
 * the free bytes still, makes it no less than nothing.
 */
export function othersOnDevice(uses: readonly MemoryUse[], { deviceMemory }: MemoryLimits): number {
  const { totalBytes, freeBytes } = deviceMemory?.() ?? unknown
  if (totalBytes === Number.POSITIVE_INFINITY) return 0
  const own = uses.reduce((sum, { estimate }) => sum + estimate.deviceBytes, 0)
  return Math.max(0, totalBytes - freeBytes - own)
}

/** What the machine's figure is without: not what is mapped from a file, which it counts as available. */
function takenOf(use: MemoryUse): number {
  // What a load has taken so far nobody knows: it is counted as if it were nothing, so that it gets all of its part.
  if (!use.loaded) return 0
  const takenBytes = use.loaded.memoryBytes?.() ?? use.estimate.mainBytes
  return Math.max(0, takenBytes - (use.loaded.reclaimableBytes?.() ?? 0)) + statesOf(use)
}

const unknown = { totalBytes: Number.POSITIVE_INFINITY, freeBytes: Number.POSITIVE_INFINITY }

const nothing: MemoryBytes = { mainBytes: 0, deviceBytes: 0 }

export const sumOf = (parts: readonly MemoryBytes[]): MemoryBytes =>
  parts.reduce(
    (sum, { mainBytes, deviceBytes }) => ({
      mainBytes: sum.mainBytes + mainBytes,
      deviceBytes: sum.deviceBytes + deviceBytes,
    }),
    nothing,
  )

export const minus = (left: MemoryBytes, right: MemoryBytes): MemoryBytes => ({
  mainBytes: left.mainBytes - right.mainBytes,
  deviceBytes: left.deviceBytes - right.deviceBytes,
})

/** Whether so much can be had of both. */
export const holds = (room: MemoryBytes, need: MemoryBytes): boolean =>
  need.mainBytes <= room.mainBytes && need.deviceBytes <= room.deviceBytes
