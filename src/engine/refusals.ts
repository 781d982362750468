import { ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import { chargeOf, holds } from './memory-account.ts'
import type { Residency } from './residency.ts'
import { isKept } from './resident.ts'

/** Whether a model could be had at least once all others have left that may; if it is there, it leaves, too. */
export const canFit = (entry: ModelEntry, residency: Residency): boolean =>
  holds(residency.most(entry.id), residency.need(entry))

/** Says why the memory of a model cannot be had: what it needs, what is there once all have left that may, and who stays. */
export function lackOf(entry: ModelEntry, residency: Residency): ServerError<'model_does_not_fit'> {
  const [need, most] = [residency.need(entry), residency.most(entry.id)]
  // Of the two kinds of memory the one that is missing; the main one where both are.
  const part = need.mainBytes <= most.mainBytes ? 'deviceBytes' : 'mainBytes'
  const keeping = residency.present().filter((one) => isKept(one) && one.entry.id !== entry.id)
  const heldBy = keeping.flatMap((resident) => {
    const bytes = chargeOf(resident)[part]
    return bytes > 0 ? [{ model: resident.entry.id, bytes }] : []
  })
  return new ServerError('model_does_not_fit', {
    model: entry.id,
    needBytes: need[part],
    freeBytes: Math.max(0, most[part]),
    totalBytes: residency.standing().total[part],
    ...(part === 'deviceBytes' && { isDevice: true }),
    ...(heldBy.length > 0 && { heldBy }),
  })
}
