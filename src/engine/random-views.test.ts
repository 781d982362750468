import { expect, test } from 'bun:test'
import { mostPassed } from './fair-order.ts'
import { spareModels } from './memory-plan.ts'
import { fairShares } from './policy.ts'
import type { ModelView, ShareView, Ticket, View } from './view.ts'

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const below = (limit: number) => Math.floor(Math.random() * limit)
const names = ['x', 'y', 'z']

function anyShares(busy: number): ReadonlyMap<string, ShareView> {
  const running = new Map(names.map((name) => [name, 0]))
  for (let slot = 0; slot < busy; slot++) {
    const name = pick(names)
    running.set(name, (running.get(name) ?? 0) + 1)
  }
  return new Map(
    names.map((name) => [
      name,
      {
        running: running.get(name) ?? 0,
        usedSeconds: below(10),
        passed: pick([0, 0, 3, mostPassed]),
        startedAt: below(8),
      },
    ]),
  )
}

function anyModel(): ModelView {
  const slots = pick([1, 2, 4])
  const state = pick(['loading', 'ready', 'ready', 'ready', 'leaving'] as const)
  const busy = state === 'ready' ? below(slots + 1) : 0
  return {
    state,
    busy,
    slots,
    held: state === 'ready' ? pick([0, 0, 1]) : 0,
    lastUsed: Math.random(),
    isExpired: pick([false, true]),
    isPinned: pick([false, false, true]),
    ...(Math.random() < 0.2 && { closedAfter: below(8) - 1 }),
    hasStayed: pick([false, true]),
    loadedFor: below(4) - 1,
    threads: pick([0, 1, 2]),
    turnBegan: below(5),
    isTurnOver: pick([false, true]),
    shares: anyShares(busy),
  }
}

function anyView(): View {
  const ids = ['a', 'b', 'c', 'd']
  const room = pick([1, 2, 3])
  const models = new Map(
    ids
      .filter(() => Math.random() < 0.6)
      .slice(0, room)
      .map((id) => [id, anyModel()]),
  )
  const waiting = Array.from({ length: pick([0, 1, 3, 8]) }, (_, id) => ({
    id,
    model: pick(ids),
    takesSlot: pick([true, true, false]),
    share: pick(names),
  }))
  // A large model takes the room of two.
  const size = new Map(ids.map((id) => [id, pick([1, 1, 2])]))
  const sizeOf = (list: readonly string[]) => list.reduce((sum, id) => sum + (size.get(id) ?? 0), 0)
  const total = Math.max(room, sizeOf([...models.keys()]))
  const fits: View['fits'] = (wanted, evicting) =>
    sizeOf([...models.keys()]) - sizeOf(evicting) + sizeOf(wanted) <= total
  return { waiting, models, maxWaiting: pick([0, 2, 9]), cores: 2, fits }
}

/** What was decided on a view, by kind. */
function decideOn(view: View) {
  const decisions = fairShares(view)
  const ticketsOf = (type: 'ticket-start' | 'ticket-refuse') =>
    decisions.flatMap((decision) =>
      decision.type === type ? view.waiting.filter(({ id }) => id === decision.ticket) : [],
    )
  const started = ticketsOf('ticket-start')
  const refused = ticketsOf('ticket-refuse')
  const loads = decisions.filter((decision) => decision.type === 'model-load')
  const evicted = loads.flatMap(({ evict }) => evict)
  const unloaded = decisions.flatMap((decision) => (decision.type === 'model-unload' ? [decision.model] : []))
  const hopeless = decisions.flatMap((decision) => (decision.type === 'model-refuse' ? [decision.model] : []))
  const left = view.waiting.filter((ticket) => !started.includes(ticket) && !refused.includes(ticket))
  return { decisions, started, refused, loads, evicted, unloaded, hopeless, left }
}

const inSlots = (tickets: readonly Ticket[], model: string) =>
  tickets.filter((ticket) => ticket.model === model && ticket.takesSlot)
/** Tickets that may start in a model as it is. */
const openTickets = ({ models, waiting }: View, id: string) =>
  waiting.filter((ticket) => ticket.model === id && ticket.id <= (models.get(id)?.closedAfter ?? ticket.id))
const isKept = ({ isPinned, closedAfter }: Pick<ModelView, 'isPinned' | 'closedAfter'>) =>
  isPinned && closedAfter === undefined
/** Whether somebody waits for another model that is to be loaded first: some leave for both. */
const olderWait = ({ models, waiting }: View, wanted: string) =>
  waiting
    .slice(
      0,
      waiting.findIndex(({ model }) => model === wanted),
    )
    .some(({ model }) => !models.has(model))
const ofShare = (tickets: readonly Ticket[], share: string) => tickets.filter((ticket) => ticket.share === share)

/** Looks at many views; a promise that is not held shows the view that it was not held on. */
function onAnyView(check: (view: View, outcome: ReturnType<typeof decideOn>) => void): void {
  for (let round = 0; round < 20_000; round++) {
    const view = anyView()
    try {
      check(view, decideOn(view))
    } catch (error) {
      const shown = { waiting: view.waiting, models: [...view.models], decisions: decideOn(view).decisions }
      throw new Error(JSON.stringify(shown), { cause: error })
    }
  }
}

test('no ticket is decided twice, and nothing starts but in free slots of ready models that stay', () => {
  onAnyView((view, { started, refused, evicted, unloaded }) => {
    expect(new Set([...started, ...refused]).size).toBe(started.length + refused.length)
    for (const id of new Set(started.map(({ model }) => model))) {
      const known = view.models.get(id)
      expect(known?.state).toBe('ready')
      expect((known?.busy ?? 0) + inSlots(started, id).length).toBeLessThanOrEqual(known?.slots ?? 0)
      expect([...evicted, ...unloaded]).not.toContain(id)
    }
  })
})

test('one model is loaded at a time, where there is room for it and for older ones, and only idle ones leave', () => {
  onAnyView((view, { loads, evicted, unloaded, hopeless }) => {
    expect(loads.length).toBeLessThanOrEqual(1)
    for (const { model, evict } of loads) {
      expect(view.models.has(model)).toBe(false)
      expect([...view.models.values()].every(({ state }) => state === 'ready')).toBe(true)
      expect(view.fits([model], evict)).toBe(true)
    }
    for (const id of [...evicted, ...unloaded]) expect(view.models.get(id)).toMatchObject({ busy: 0, held: 0 })
    for (const id of evicted) {
      expect(view.models.get(id)?.state).toBe('ready')
      const wanted = openTickets(view, id)
      if (wanted.length > 0) expect(view.models.get(id)?.hasStayed).toBe(true)
      expect(wanted.filter((ticket) => ticket.id <= (view.models.get(id)?.loadedFor ?? -1))).toEqual([])
    }
    const mayLeave = [...view.models].flatMap(([id, model]) => (isKept(model) ? [] : [id]))
    for (const id of hopeless) expect(view.fits([id], mayLeave)).toBe(false)
  })
})

test('what has been idle for long enough leaves, unless somebody wants it, and what somebody unloads, unless it is used', () => {
  onAnyView((view, { evicted, unloaded }) => {
    for (const [id, { isExpired, isPinned, closedAfter, state, busy, held }] of view.models) {
      const isDue =
        closedAfter === undefined ? isExpired && !isPinned && state === 'ready' : ['ready', 'loading'].includes(state)
      const leaves = isDue && busy + held === 0 && openTickets(view, id).length === 0
      if (leaves) expect([...evicted, ...unloaded]).toContain(id)
      if (unloaded.includes(id)) expect(leaves).toBe(true)
    }
  })
})

test('what is pinned leaves for nobody, until somebody unloads it', () => {
  onAnyView((view, { evicted, unloaded }) => {
    for (const id of [...evicted, ...unloaded]) {
      const model = view.models.get(id)
      expect(model?.isPinned && model.closedAfter === undefined).toBe(false)
    }
  })
})

test('nobody leaves whose memory is not needed, and of two that help alike the one that was unused for longer', () => {
  onAnyView((view, { loads }) => {
    for (const { model, evict } of loads)
      for (const id of evict) {
        const others = evict.filter((other) => other !== id)
        expect(view.fits([model], others) && !olderWait(view, model)).toBe(false)
        const isFree = ([other, { state, busy, held, lastUsed, ...rest }]: [string, ModelView]) =>
          state === 'ready' &&
          busy + held === 0 &&
          !isKept(rest) &&
          !evict.includes(other) &&
          openTickets(view, other).length === 0 &&
          lastUsed < (view.models.get(id)?.lastUsed ?? 0)
        const better = [...view.models].filter(isFree).filter(([other]) => view.fits([model], [...others, other]))
        if (!olderWait(view, model)) expect(better).toEqual([])
      }
  })
})

test('what comes after the wish that a model leaves starts in the next load', () => {
  onAnyView((view, { started }) => {
    for (const { model, id } of started) {
      const last = view.models.get(model)?.closedAfter
      expect(id).toBeLessThanOrEqual(last ?? Number.POSITIVE_INFINITY)
    }
  })
})

test('the models that may leave at once for one that lacked memory are unused, unwanted and not pinned', () => {
  onAnyView((view) => {
    for (const id of spareModels(view)) {
      expect(view.models.get(id)).toMatchObject({ state: 'ready', busy: 0, held: 0 })
      expect(view.waiting.filter(({ model }) => model === id)).toEqual([])
      expect(isKept(view.models.get(id) as ModelView)).toBe(false)
    }
  })
})

test('within a share, first come is first served', () => {
  onAnyView((view, { started, left }) => {
    for (const ticket of started.filter(({ takesSlot }) => takesSlot))
      for (const older of ofShare(inSlots(left, ticket.model), ticket.share))
        expect(older.id).toBeGreaterThan(ticket.id)
    expect(view.waiting.length).toBeGreaterThanOrEqual(started.length)
  })
})

test('no share gets a slot before one that has fewer, but where it has let too many pass', () => {
  onAnyView((view, { started, left, refused }) => {
    const isCold = view.waiting.some(({ model }) => !view.models.has(model))
    if (isCold) return
    for (const [id, { shares }] of view.models) {
      const slotsOf = (share: string) => (shares.get(share)?.running ?? 0) + ofShare(inSlots(started, id), share).length
      const waiting = inSlots([...left, ...refused], id).filter((ticket) => openTickets(view, id).includes(ticket))
      for (const { share } of inSlots(started, id))
        for (const other of new Set(waiting.map((ticket) => ticket.share)))
          if ((shares.get(share)?.passed ?? 0) < mostPassed)
            expect(slotsOf(other)).toBeGreaterThanOrEqual(slotsOf(share) - 1)
    }
  })
})

test('a queue holds as many as it may, and whoever is refused had the most places', () => {
  onAnyView((view, { refused, left, hopeless }) => {
    for (const [id, queue] of Map.groupBy(left, ({ model }) => model)) {
      if (!hopeless.includes(id)) expect(queue.length).toBeLessThanOrEqual(view.maxWaiting || 1)
      for (const { share } of refused.filter(({ model }) => model === id))
        for (const other of names)
          expect(ofShare(queue, other).length).toBeLessThanOrEqual(ofShare(queue, share).length + 1)
    }
  })
})

test('no more threads begin to compute than there are cores, unless a model is alone', () => {
  onAnyView((view, { started }) => {
    const computing = [...view.models].filter(([id, { busy }]) => busy > 0 || inSlots(started, id).length > 0)
    const spinning = computing.filter(([, { threads }]) => threads > 0)
    const hasBegun = spinning.some(([, { busy }]) => busy === 0)
    if (hasBegun && spinning.length > 1)
      expect(spinning.reduce((sum, [, { threads }]) => sum + threads, 0)).toBeLessThanOrEqual(view.cores)
  })
})

test('something goes on for every model that is waited for, once nothing is in its way', () => {
  onAnyView((view, { left, loads, started, unloaded, hopeless }) => {
    const models = [...view.models.values()]
    const isQuiet = models.every(({ state, busy, held }) => state === 'ready' && busy + held === 0)
    const haveStayed = models.every(({ hasStayed }) => hasStayed)
    const isPossible = left.some(({ model }) => !hopeless.includes(model))
    const goesOn = loads.length + started.length + unloaded.length
    if (isQuiet && haveStayed && isPossible) expect(goesOn).toBeGreaterThan(0)
  })
})
