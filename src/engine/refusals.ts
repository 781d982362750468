import { ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import { chargeOf, holds, nothing, sumOf } from './memory-account.ts'
import type { Residency } from './residency.ts'

/** Whether a model could be had at least once all others have left that may; if it is there, it leaves, too. */
export function canFit(entry: ModelEntry, residency: Residency): boolean {
  const { free, back } = look(entry, residency)
  return holds(sumOf([free, back]), residency.need([entry]))
}

function look(entry: ModelEntry, residency: Residency) {
  const present = residency.present()
  const keeping = present.filter((one) => one.isPinned && one.closings.size === 0 && one.entry.id !== entry.id)
  const back = residency.chargedTo(present.filter((one) => !keeping.includes(one)).map((one) => one.entry.id))
  return { keeping, back, ...residency.standing() }
}

/** Says why the memory of a model cannot be had: what it needs, what is there once all have left that may, and who stays. */
export function lackOf(entry: ModelEntry, residency: Residency): ServerError<'model_does_not_fit'> {
  const need = residency.need([entry])
  const { keeping, back, free, total } = look(entry, residency)
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
