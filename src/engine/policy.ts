import { beyondQueue, fairOrder } from './fair-order.ts'
import { admitted, planMemory, type Queues } from './memory-plan.ts'
import { modelsInTurn } from './processor-turns.ts'
import type { Decision, ModelView, Policy, Ticket, View } from './view.ts'

/**
 * Fair shares of each model's slots (`fairOrder`), memory for cold models in the order in which they were asked for
 * (`planMemory`), and turns at the processor where there are not enough cores (`modelsInTurn`). A model that has been
 * idle for as long as it was to be kept leaves; one that somebody wants to leave does so when nothing uses it any more, and
 * requests that came later than that wish wait for the load after it.
 *
 * Nobody waits without end. Where requests run for R seconds at most, loading takes L (with the end of what leaves for it,
 * and twice as long where it lacked memory and is tried once more), a model stays for S when it is
 * wanted and computes for P while others wait, and Q tickets may wait for each of M models: a ticket at place p of its
 * share starts in a model in memory after p × (`mostPassed` + Q) others at most; and the model of the oldest ticket that
 * waits for a load is loaded after at most S, then what the models that leave for it have still to start (Q tickets of
 * each and one more of each share), then L for a load that is under way. Each turn at the processor that lies between adds
 * M × (P + R). Within these bounds every ticket is served, or refused, as long as nobody has the model loaded anew or
 * unloaded meanwhile: each time costs those who come later than that wish one load more.
 */
export const fairShares: Policy = (view) => {
  const queues = Map.groupBy(view.waiting, ({ model }) => model)
  const open = new Map([...queues].map(([id, queue]) => [id, openTickets(queue, view.models.get(id))]))
  const { load, refused, closedFor } = planMemory(view, open)
  const startable = new Map<string, Startable>()
  for (const [id, queue] of open) {
    const model = view.models.get(id)
    if (model?.state !== 'ready' || load?.evict.includes(id)) continue
    startable.set(id, startableIn(model, admitted(queue, model, closedFor.get(id))))
  }
  const wanting = [...startable].filter(([, { inSlots }]) => inSlots.length > 0).map(([id]) => id)
  const inTurn = modelsInTurn(view.models, wanting, view.cores)
  const started = new Set(
    [...startable].flatMap(([id, { holds, inSlots }]) => (inTurn.has(id) ? [...holds, ...inSlots] : holds)),
  )
  return [
    ...[...started].map(({ id }): Decision => ({ type: 'ticket-start', ticket: id })),
    ...(load ? [{ type: 'model-load', ...load } as const] : []),
    ...refused.map((model): Decision => ({ type: 'model-refuse', model })),
    ...[...queues].flatMap(([id, queue]) => {
      const left = queue.filter((ticket) => !started.has(ticket))
      return refused.includes(id) ? [] : refusals(left, view.models.get(id), view.maxWaiting)
    }),
    ...leaving(view, open)
      .filter((id) => !load?.evict.includes(id))
      .map((model): Decision => ({ type: 'model-unload', model })),
  ]
}

/** Tickets of one model that could start now. */
interface Startable {
  /** Without a slot. */
  readonly holds: readonly Ticket[]
  /** In slots that are free. */
  readonly inSlots: readonly Ticket[]
}

function startableIn({ busy, slots, shares }: ModelView, queue: readonly Ticket[]): Startable {
  const holds = queue.filter(({ takesSlot }) => !takesSlot)
  if (busy >= slots) return { holds, inSlots: [] }
  const waiting = queue.filter(({ takesSlot }) => takesSlot)
  return { holds, inSlots: fairOrder(waiting, shares).slice(0, slots - busy) }
}

function refusals(left: readonly Ticket[], model: ModelView | undefined, maxWaiting: number): readonly Decision[] {
  // Somebody must be able to wait for a load or a turn, or a server without a queue would never load anything.
  const most = model?.state === 'ready' && model.busy > 0 ? maxWaiting : maxWaiting || 1
  return beyondQueue(left, most).map(({ id }) => ({ type: 'ticket-refuse', ticket: id }))
}

/** The tickets of a model that may start in it as it is now; the others wait for the next load. */
function openTickets(queue: readonly Ticket[], model: ModelView | undefined): readonly Ticket[] {
  const last = model?.closedAfter
  return last === undefined ? queue : queue.filter(({ id }) => id <= last)
}

/** Models that leave for nobody: what nothing uses and nobody waits for. */
function leaving({ models }: View, open: Queues): readonly string[] {
  return [...models].flatMap(([id, { isExpired, isPinned, closedAfter, state, busy, held }]) => {
    // A load that is to be given up need not end first.
    const mayLeave = closedAfter === undefined ? isExpired && !isPinned && state === 'ready' : state !== 'leaving'
    return mayLeave && busy + held === 0 && !open.get(id)?.length ? [id] : []
  })
}
