import type { ShareView, Ticket } from './view.ts'

/** Who has let so many others pass goes first, whatever it has had. */
export const mostPassed = 64

/**
 * The order in which the tickets of one model get its slots, given them oldest first. First the oldest ticket of each
 * share that has let `mostPassed` others pass, the most patient first. Then each slot goes to the share that has the fewest slots, among those
 * to the one that has had the least of the model, among those to the oldest ticket; within a share, first come, first
 * served.
 *
 * This is start-time fair queuing (Goyal, Vin, Cheng, 1996) over slots, with the account of `ShareAccounts`. So a share
 * with one request gets the next slot that becomes free, however many requests another share has queued; and a share is passed at
 * most `mostPassed` times and once more by each other share that has been passed as often, even if every other request
 * comes with a share of its own.
 */
export function fairOrder<T extends Ticket>(
  tickets: readonly T[],
  shares: ReadonlyMap<string, ShareView>,
): readonly T[] {
  const places = new Map<string, number>()
  const keyed = tickets.map((ticket) => {
    const share = shares.get(ticket.share)
    const place = places.get(ticket.share) ?? 0
    places.set(ticket.share, place + 1)
    const passed = share?.passed ?? 0
    const isOverdue = place === 0 && passed >= mostPassed
    return { ticket, slots: isOverdue ? -passed : (share?.running ?? 0) + place, used: share?.usedSeconds ?? 0 }
  })
  keyed.sort((a, b) => a.slots - b.slots || a.used - b.used || a.ticket.id - b.ticket.id)
  return keyed.map(({ ticket }) => ticket)
}

/**
 * The tickets of one model that are too many for its queue, given them oldest first: one after the other the youngest
 * of the share that has the most of them (the longest queue drops). A share may have the whole queue as long as no other
 * one wants a place; then it gives places back until each has a fair part.
 */
export function beyondQueue(tickets: readonly Ticket[], most: number): readonly Ticket[] {
  if (tickets.length <= most) return []
  const queues = Map.groupBy(tickets, ({ share }) => share)
  const refused: Ticket[] = []
  const youngest = (queue: readonly Ticket[]) => queue.at(-1)?.id ?? 0
  for (let over = tickets.length - most; over > 0; over--) {
    const longest = [...queues.values()].reduce((left, right) =>
      (right.length - left.length || youngest(right) - youngest(left)) > 0 ? right : left,
    )
    const last = longest.pop()
    if (last) refused.push(last)
  }
  return refused
}
