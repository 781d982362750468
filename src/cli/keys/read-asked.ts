import type { ConfigProblem } from '../../config/problem.ts'
import type { ApiKeyWish, KeyLimitChange } from '../../store/api-keys.ts'
import { firstDayOf, keptUsageDays } from '../../store/key-usage.ts'
import { limitsIn, readKeyLimits } from './read-key-limits.ts'
import { readKeyWish } from './read-key-wish.ts'

/** Reads the flags of `hearth keys`, and everything that is wrong with them. `now` in milliseconds since 1970. */
export function readAsked(
  flags: Readonly<Record<string, string | undefined>>,
  now: number,
): {
  readonly wish: ApiKeyWish
  readonly change: KeyLimitChange
  /** The first day whose use is shown. */
  readonly from: string
  readonly problems: readonly ConfigProblem[]
} {
  const { wish, problems } = readKeyWish(flags, now)
  const { change, problems: ofLimits } = readKeyLimits(flags)
  const own = limitsIn(change)
  const days = Number(flags.days?.trim() || 30)
  const isKept = Number.isInteger(days) && days >= 1 && days <= keptUsageDays
  const message = `expected a whole number from 1 to ${keptUsageDays}, found '${flags.days}'`
  return {
    wish: { ...wish, ...(Object.keys(own).length > 0 && { limits: own }) },
    change,
    from: firstDayOf(isKept ? days : 1, now),
    problems: [...problems, ...ofLimits, ...(isKept ? [] : [{ path: '--days', message }])],
  }
}
