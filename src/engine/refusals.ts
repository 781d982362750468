import { ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import { chargeOf, holds, nothing } from './memory-account.ts'
import type { Residency } from './residency.ts'

/** Says why the memory of a model cannot be had: what it needs, what is there once all have left that may, and who stays. */
export function lackOf(entry: ModelEntry, residency: Residency): ServerError<'model_does_not_fit'> {
  const need = residency.need([entry])
  const present = residency.present().filter((resident) => resident.entry.id !== entry.id)
  const keeping = present.filter(({ isPinned, closings }) => isPinned && closings.size === 0)
  const { free, total } = residency.standing()
  const back = residency.chargedTo(present.filter((one) => !keeping.includes(one)).map((one) => one.entry.id))
  // Of the two kinds of memory the one that is missing; the main one where both are.
  const part = holds({ ...nothing, mainBytes: free.mainBytes + back.mainBytes }, { ...need, deviceBytes: 0 })
    ? 'deviceBytes'
    : 'mainBytes'
  const heldBy = keeping.flatMap((resident) => {
    const bytes = chargeOf(resident)[part]
    return bytes > 0 ? [{ model: resident.entry.id, bytes }] : []
  })
  return new ServerError('model_does_not_fit', {
    model: entry.id,
    needBytes: need[part],
    freeBytes: Math.max(0, free[part] + back[part]),
    totalBytes: total[part],
    ...(part === 'deviceBytes' && { isDevice: true }),
    ...(heldBy.length > 0 && { heldBy }),
  })
}
