import { describe, expect, test } from 'bun:test'
import { type ModelView, firstComeFirstServed as policy, type View } from './policy.ts'

const model = (state: 'loading' | 'ready' | 'leaving', busy: number, more: Partial<ModelView> = {}): ModelView => ({
  state,
  busy,
  held: 0,
  slots: 2,
  lastUsed: 0,
  isExpired: false,
  ...more,
})
const view = (given: Partial<View>): View => ({
  waiting: [],
  models: new Map(),
  maxWaiting: 10,
  fits: (_, evicting) => (given.models?.size ?? 0) - evicting.length < 1,
  ...given,
})
const tickets = (...models: string[]) => models.map((name, id) => ({ id, model: name, takesSlot: true }))

describe('first come, first served', () => {
  test('starts as many as there are free slots, oldest first', () => {
    const decisions = policy(view({ waiting: tickets('a', 'a', 'a'), models: new Map([['a', model('ready', 1)]]) }))
    expect(decisions).toEqual([{ type: 'ticket-start', ticket: 0 }])
  })

  test('refuses only what is beyond the queue of the same model', () => {
    const models = new Map([['a', model('ready', 2)]])
    const decisions = policy(view({ waiting: tickets('a', 'b', 'a', 'a'), models, maxWaiting: 2, fits: () => true }))
    expect(decisions).toEqual([
      { type: 'model-load', model: 'b', evict: [] },
      { type: 'ticket-refuse', ticket: 3 },
    ])
  })

  test('evicts the idle model that was used longest ago, and only if it must', () => {
    const models = new Map([
      ['a', model('ready', 0, { lastUsed: 2 })],
      ['b', model('ready', 0, { lastUsed: 1 })],
    ])
    const fits: View['fits'] = (_, evicting) => evicting.length > 0
    expect(policy(view({ waiting: tickets('c'), models, fits }))).toEqual([
      { type: 'model-load', model: 'c', evict: ['b'] },
    ])
  })

  test('a cold model is served as soon as the busy one has finished what it was doing', () => {
    const busy = view({ waiting: tickets('b', 'a'), models: new Map([['a', model('ready', 1)]]) })
    expect(policy(busy)).toEqual([])
    const idle = view({ waiting: tickets('b', 'a'), models: new Map([['a', model('ready', 0)]]) })
    expect(policy(idle)).toEqual([{ type: 'model-load', model: 'b', evict: ['a'] }])
  })

  test('who takes no slot starts beside running generations, and keeps the model from being evicted', () => {
    const holds = tickets('a', 'a').map((ticket) => ({ ...ticket, takesSlot: false }))
    expect(policy(view({ waiting: holds, models: new Map([['a', model('ready', 2)]]) }))).toEqual([
      { type: 'ticket-start', ticket: 0 },
      { type: 'ticket-start', ticket: 1 },
    ])
    const held = new Map([['a', model('ready', 0, { held: 1 })]])
    expect(policy(view({ waiting: tickets('b'), models: held }))).toEqual([])
  })

  test('unloads what has been idle for long enough, but not what is used or wanted', () => {
    const expired = (id: string, more: Partial<ModelView>) =>
      new Map([[id, model('ready', 0, { isExpired: true, ...more })]])
    expect(policy(view({ models: expired('a', {}) }))).toEqual([{ type: 'model-unload', model: 'a' }])
    expect(policy(view({ models: expired('a', { held: 1 }) }))).toEqual([])
    expect(policy(view({ models: expired('a', { busy: 1 }) }))).toEqual([])
    expect(policy(view({ waiting: tickets('a'), models: expired('a', {}) }))).toEqual([
      { type: 'ticket-start', ticket: 0 },
    ])
    expect(policy(view({ waiting: tickets('b'), models: expired('a', {}) }))).toEqual([
      { type: 'model-load', model: 'b', evict: ['a'] },
    ])
  })

  test('refuses a model that no eviction makes room for', () => {
    expect(policy(view({ waiting: tickets('huge'), fits: () => false }))).toEqual([
      { type: 'model-refuse', model: 'huge' },
    ])
  })
})

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T

function anyView(): View {
  const ids = ['a', 'b', 'c', 'd']
  const room = pick([1, 2, 3])
  const present = ids.filter(() => Math.random() < 0.6).slice(0, room)
  const models = new Map(
    present.map((id) => {
      const slots = pick([1, 2, 4])
      const busy = Math.floor(Math.random() * (slots + 1))
      const more = { slots, lastUsed: Math.random(), held: pick([0, 0, 1]), isExpired: pick([false, true]) }
      return [id, model(pick(['loading', 'ready', 'ready', 'leaving']), busy, more)]
    }),
  )
  const waiting = Array.from({ length: pick([0, 1, 3, 8]) }, (_, id) => ({
    id,
    model: pick(ids),
    takesSlot: pick([true, true, false]),
  }))
  // A large model takes the room of two.
  const size = pick([1, 1, 2])
  const fits: View['fits'] = (_, evicting) => models.size - evicting.length + size <= room
  return { waiting, models, maxWaiting: pick([0, 2, 9]), fits }
}

test('holds its promises on any view', () => {
  for (let round = 0; round < 20_000; round++) {
    const given = anyView()
    const decisions = policy(given)
    const starts = new Map<string, number>()
    const evicted = new Set<string>()
    const seen = new Set<number>()
    for (const decision of decisions) {
      if ('ticket' in decision) {
        if (seen.has(decision.ticket)) throw new Error('a ticket was decided twice')
        seen.add(decision.ticket)
      }
      if (decision.type === 'ticket-start') {
        const ticket = given.waiting.find(({ id }) => id === decision.ticket)
        const wanted = ticket?.model ?? ''
        starts.set(wanted, (starts.get(wanted) ?? 0) + (ticket?.takesSlot ? 1 : 0))
      }
      if (decision.type === 'model-unload') {
        expect(given.models.get(decision.model)?.isExpired).toBe(true)
        expect(evicted.has(decision.model)).toBe(false)
        evicted.add(decision.model)
      }
      if (decision.type === 'model-load') {
        expect(given.models.has(decision.model)).toBe(false)
        expect(given.fits(decision.model, decision.evict)).toBe(true)
        for (const id of decision.evict) evicted.add(id)
      }
    }
    for (const [id, count] of starts) {
      const known = given.models.get(id)
      if (known?.state !== 'ready' || known.busy + count > known.slots || evicted.has(id))
        throw new Error(JSON.stringify({ decisions, waiting: given.waiting, models: [...given.models] }))
    }
    for (const id of evicted) expect(given.models.get(id)).toMatchObject({ state: 'ready', busy: 0, held: 0 })
    for (const [id, { isExpired, state, busy, held }] of given.models)
      if (isExpired && state === 'ready' && busy + held === 0 && !given.waiting.some(({ model }) => model === id))
        expect([id, evicted.has(id)]).toEqual([id, true])
    expect(decisions.filter(({ type }) => type === 'model-load').length).toBeLessThanOrEqual(1)
  }
})
