import type { MemoryBytes } from '../../core/memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { ModelControl, ResidentModel } from '../../engine/engine.ts'
import { chargeFor } from '../../engine/memory-account.ts'

/** The memory that a model could have. */
export interface RoomFor {
  /** Now: its own too, where it is in memory already. */
  readonly free: MemoryBytes
  /** What idle models would give back for it. */
  readonly evictable: MemoryBytes
  /** Once all others have left that may, those in use, too. */
  readonly most: MemoryBytes
  /** Where nothing else ran. */
  readonly total: MemoryBytes
}

export function roomFor({ id }: ModelEntry, engine: Pick<ModelControl, 'memory' | 'residents'>): RoomFor {
  const { free, total } = engine.memory()
  const residents = engine.residents()
  const own = residents.filter(({ entry }) => entry.id === id)
  const idle = residents.filter((each) => each.entry.id !== id && mayLeave(each))
  const leaving = residents.filter((each) => each.entry.id === id || !each.isPinned)
  const most = sum([free, ...leaving.map(chargeOf)])
  return { free: sum([free, ...own.map(chargeOf)]), evictable: sum(idle.map(chargeOf)), most, total }
}

export type Fit = 'now' | 'after-eviction' | 'alone' | 'never'

/** How a model that needs so much would come into memory. */
export function fitOf(asked: MemoryBytes, { free, evictable, total }: RoomFor): Fit {
  // Of a kind of memory that nobody knows anything of, nothing is refused.
  const need = total.deviceBytes > 0 ? asked : { ...asked, deviceBytes: 0 }
  if (holds(free, need)) return 'now'
  if (holds(sum([free, evictable]), need)) return 'after-eviction'
  return holds(total, need) ? 'alone' : 'never'
}

export const sum = (parts: readonly MemoryBytes[]): MemoryBytes => ({
  mainBytes: parts.reduce((bytes, { mainBytes }) => bytes + mainBytes, 0),
  deviceBytes: parts.reduce((bytes, { deviceBytes }) => bytes + deviceBytes, 0),
})

const holds = (room: MemoryBytes, need: MemoryBytes) =>
  need.mainBytes <= room.mainBytes && need.deviceBytes <= room.deviceBytes

const mayLeave = ({ state, busy, held, waiting, isPinned }: ResidentModel) =>
  state === 'ready' && !isPinned && busy + held + waiting === 0

const chargeOf = ({ estimate, measuredBytes = 0, facts }: ResidentModel): MemoryBytes =>
  chargeFor(estimate, { measuredBytes, stateBytes: facts?.stateBytes ?? 0 })
