import { closedAfter, expiresAt, type Resident } from './resident.ts'
import { processorTurnSeconds, spinningThreads } from './turns.ts'
import type { ModelView } from './view.ts'

/** When a model has computed for as long as it may while others wait, on the engine's clock. */
export const turnEnd = ({ turnBegan }: Resident) => turnBegan + processorTurnSeconds * 1000

/** What a policy sees of a model that has not failed. `now` is on the engine's clock. */
export function modelView(
  resident: Resident & { readonly state: ModelView['state'] },
  { now, shares }: { readonly now: number } & Partial<Pick<ModelView, 'shares'>>,
): ModelView {
  const { entry, state, busy, held, isPinned, lastUsed, loaded, loadedFor, stayUntil, turnBegan } = resident
  const last = closedAfter(resident)
  return {
    state,
    busy,
    held,
    lastUsed,
    slots: loaded?.facts.slots ?? 0,
    isExpired: expiresAt(resident) <= now,
    isPinned,
    ...(last !== undefined && { closedAfter: last }),
    hasStayed: stayUntil <= now,
    loadedFor,
    threads: loaded ? spinningThreads(entry, loaded.facts) : 0,
    turnBegan,
    isTurnOver: turnEnd(resident) <= now,
    shares: shares ?? new Map(),
  }
}
