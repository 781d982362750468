import type { ModelView, Ticket, View } from './view.ts'

/** How the models that are waited for come into memory. */
export interface MemoryPlan {
  /** What can be loaded now, and who leaves for it. */
  readonly load?: { readonly model: string; readonly evict: readonly string[] }
  /** Models that cannot be had even if every other one left that may. */
  readonly refused: readonly string[]
  /** For models that have to leave: the oldest ticket that they make room for. */
  readonly closedFor: ReadonlyMap<string, Ticket>
}

/** Tickets that may start in a model as it is, or wait for it to be loaded, by the model that they want, oldest first. */
export type Queues = ReadonlyMap<string, readonly Ticket[]>

/**
 * Cold models get memory in the order of their oldest tickets. Each takes what is idle, what nobody wants and what was
 * unused for longest first, and none that does not help; else it has models closed, which start only what goes before it
 * (`admitted`) and leave when that is done. A younger one may be loaded before an older one that waits, if the memory
 * that the older one is to have remains enough for it (backfilling, Lifka 1995).
 *
 * A pinned model stays whoever wants its memory, so what needs it is refused. A model that is wanted stays for `hasStayed`, and as long as it takes to start all that waited for its load. So each
 * load serves those whom it was made for, and what swapping costs is a bounded part of the time.
 */
export function planMemory(view: View, queues: Queues): MemoryPlan {
  const isComing = [...view.models.values()].some(({ state }) => state !== 'ready')
  const refused: string[] = []
  const closedFor = new Map<string, Ticket>()
  const coming: string[] = []
  const leaving: string[] = []
  let load: MemoryPlan['load']
  for (const [model, [oldest]] of queues) {
    if (!oldest || view.models.has(model)) continue
    if (!isComing && !view.fits([model], mayLeave(view))) {
      refused.push(model)
      continue
    }
    const victims = victimsFor(oldest, { view, queues, coming, leaving })
    // Whoever took memory now could take it from this one.
    if (!victims) break
    // One at a time: only when the last one is in place is it known what memory is left.
    if (victims.areEnough && !isComing && !load) load = { model, evict: victims.ids }
    coming.push(model)
    leaving.push(...victims.ids)
    for (const id of victims.ids) if (mayBeClosed(id, view, queues)) closedFor.set(id, oldest)
  }
  return { refused, closedFor, ...(load && { load }) }
}

interface Planned {
  readonly view: View
  readonly queues: Queues
  /** Models that older tickets will have loaded, and models that leave for them. */
  readonly coming: readonly string[]
  readonly leaving: readonly string[]
}

/** The fewest models that make room for a ticket's model; nothing when all of them are not enough. */
function victimsFor(ticket: Ticket, { view, queues, coming, leaving }: Planned) {
  const candidates = [...view.models]
    .filter(([id, model]) => model.state === 'ready' && !isKept(model) && !leaving.includes(id))
    .map(([id, model]) => ({ id, ...model, queue: queues.get(id) ?? [] }))
    .sort((left, right) => left.lastUsed - right.lastUsed)
  const wanted = [...coming, ticket.model]
  const fewest = (ids: readonly string[]) => {
    const count = [...ids.keys(), ids.length].find((n) => view.fits(wanted, [...leaving, ...ids.slice(0, n)]))
    if (count === undefined) return undefined
    // Of those that were unused for longer than the last one, some may not help: it alone may be large enough.
    return ids.slice(0, count).reduceRight<readonly string[]>(
      (chosen, id) => {
        const rest = chosen.filter((other) => other !== id)
        return view.fits(wanted, [...leaving, ...rest]) ? rest : chosen
      },
      ids.slice(0, count),
    )
  }
  const mayLeaveNow = candidates.filter(
    (model) => isIdle(model) && (model.queue.length === 0 || model.hasStayed) && !hasBefore(model, ticket),
  )
  const isFirst = (model: (typeof candidates)[number]) => (model.queue.length === 0 ? 0 : 1)
  const idle = fewest(mayLeaveNow.sort((left, right) => isFirst(left) - isFirst(right)).map(({ id }) => id))
  // What makes room for it beside older ones may not do so before they have their part.
  if (idle) return { ids: idle, areEnough: view.fits([ticket.model], idle) }
  const staying = (id: string) => (mayBeClosed(id, view, queues) ? 0 : 1)
  const used = fewest(candidates.map(({ id }) => id).sort((left, right) => staying(left) - staying(right)))
  return used && { ids: used, areEnough: false }
}

/** Ids of the models that may have to leave for another one. */
const mayLeave = ({ models }: View) => [...models].flatMap(([id, model]) => (isKept(model) ? [] : [id]))

/** What is pinned leaves for nobody; what somebody unloads is not pinned any more. */
const isKept = ({ isPinned, closedAfter }: ModelView) => isPinned && closedAfter === undefined

/** Models that may leave at once for one whose memory could not be had. */
export function spareModels({ models, waiting }: Pick<View, 'models' | 'waiting'>): readonly string[] {
  return [...models].flatMap(([id, model]) => {
    const isSpare = model.state === 'ready' && isIdle(model) && !isKept(model)
    return isSpare && !waiting.some((ticket) => ticket.model === id) ? [id] : []
  })
}

const isIdle = ({ busy, held }: ModelView) => busy + held === 0

const hasBefore = (model: ModelView & { readonly queue: readonly Ticket[] }, ticket: Ticket) =>
  admitted(model.queue, model, ticket).length > 0

/** Whether a model has been of enough use, or is of none. */
function mayBeClosed(id: string, { models }: View, queues: Queues): boolean {
  const model = models.get(id)
  return !model || model.hasStayed || (isIdle(model) && !queues.get(id)?.length)
}

/**
 * Which tickets of a model, given oldest first, may start although it has to make room for another one: all that waited
 * when it had been loaded; older ones of the same share as the other one; and one older one of each other share, unless
 * one of that share has started since the other one waits.
 */
export function admitted(
  queue: readonly Ticket[],
  { loadedFor, shares }: Pick<ModelView, 'loadedFor' | 'shares'>,
  closedFor: Ticket | undefined,
): readonly Ticket[] {
  if (!closedFor) return queue
  const served = new Set<string>()
  return queue.filter(({ id, share, takesSlot }) => {
    const isPromised = id <= loadedFor
    if (!isPromised && id > closedFor.id) return false
    if (!takesSlot || share === closedFor.share) return true
    const isNext = !served.has(share) && (shares.get(share)?.startedAt ?? 0) < closedFor.id
    served.add(share)
    return isPromised || isNext
  })
}
