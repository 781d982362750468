import { describe, expect, test } from 'bun:test'
import { fairShares as policy } from './policy.ts'
import type { ModelView, View } from './view.ts'

const model = (state: 'loading' | 'ready' | 'leaving', busy: number, more: Partial<ModelView> = {}): ModelView => ({
  state,
  busy,
  held: 0,
  slots: 2,
  lastUsed: 0,
  isExpired: false,
  isPinned: false,
  hasStayed: true,
  loadedFor: -1,
  threads: 0,
  turnBegan: 0,
  isTurnOver: false,
  shares: new Map(),
  ...more,
})
const view = (given: Partial<View>): View => ({
  waiting: [],
  models: new Map(),
  maxWaiting: 10,
  cores: 2,
  fits: (_, evicting) => (given.models?.size ?? 0) - evicting.length < 1,
  ...given,
})
const tickets = (...models: string[]) => models.map((name, id) => ({ id, model: name, takesSlot: true, share: 'x' }))

describe('without shares', () => {
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

  test('a model that is wanted is closed for a cold one only when it has stayed', () => {
    const models = (hasStayed: boolean) => new Map([['a', model('ready', 0, { hasStayed })]])
    const decide = (hasStayed: boolean) => policy(view({ waiting: tickets('b', 'a'), models: models(hasStayed) }))
    expect(decide(false)).toEqual([{ type: 'ticket-start', ticket: 1 }])
    expect(decide(true)).toEqual([{ type: 'model-load', model: 'b', evict: ['a'] }])
    const unwanted = policy(view({ waiting: tickets('b'), models: models(false) }))
    expect(unwanted).toEqual([{ type: 'model-load', model: 'b', evict: ['a'] }])
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
