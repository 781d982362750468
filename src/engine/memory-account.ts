import type { MemoryBytes, MemoryEstimate } from '../core/memory.ts'
import type { ModelEntry } from '../core/model.ts'
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
  readonly entry: ModelEntry
  readonly estimate: MemoryBytes & Pick<MemoryEstimate, 'stateBytes'>
  readonly state: string
  readonly loaded?: Pick<LoadedModel, 'memoryBytes' | 'reclaimableBytes'>
}

/** Bytes that can still be had, and how much that would be without any model. */
export interface MemoryStanding {
  readonly free: MemoryBytes
  readonly total: MemoryBytes
}

/**
 * What a model is counted with: what it was expected to take, since it may come to that at any time, and what it takes where
 * that is more.
 */
export function chargeOf({ estimate, loaded }: MemoryUse): MemoryBytes {
  const { mainBytes, deviceBytes, stateBytes = 0 } = estimate
  return { mainBytes: Math.max(mainBytes + stateBytes, loaded?.memoryBytes?.() ?? 0), deviceBytes }
}

/**
 * What is left beside these models, of the limit and of the machine. The machine's own figure is without what the models
 * have taken already; what they are counted with beyond that is kept for them.
 */
export function standingOf(uses: readonly MemoryUse[], limits: MemoryLimits): MemoryStanding {
  const { limitBytes = Number.POSITIVE_INFINITY } = limits
  const charged = sumOf(uses.map(chargeOf))
  const taken = sumOf(uses.map(takenOf))
  const machineBytes = limits.availableBytes() + taken.mainBytes
  const { totalBytes, freeBytes } = limits.deviceMemory?.() ?? unknown
  const total = {
    mainBytes: Math.min(limitBytes, machineBytes),
    // What a model took that has just come is in the free bytes still.
    deviceBytes: Math.min(totalBytes, freeBytes + taken.deviceBytes),
  }
  return { total, free: minus(total, charged) }
}

/** What the machine's figures are without: not what is mapped from a file, which it counts as available. */
function takenOf(use: MemoryUse): MemoryBytes {
  // What a load has taken so far nobody knows: it is counted as if it were nothing, so that it gets all of its part.
  if (!use.loaded) return nothing
  const { mainBytes, deviceBytes } = use.estimate
  const takenBytes = use.loaded.memoryBytes?.() ?? mainBytes
  return { mainBytes: Math.max(0, takenBytes - (use.loaded.reclaimableBytes?.() ?? 0)), deviceBytes }
}

const unknown = { totalBytes: Number.POSITIVE_INFINITY, freeBytes: Number.POSITIVE_INFINITY }

export const nothing: MemoryBytes = { mainBytes: 0, deviceBytes: 0 }

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
