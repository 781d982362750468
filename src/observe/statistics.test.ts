import { expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import type { Usage } from '../core/generation.ts'
import type { LoadedModel } from '../core/runtime.ts'
import { RecentRate } from './recent-rate.ts'
import { SlidingWindow } from './sliding-window.ts'
import { Statistics } from './statistics.ts'

const usage: Usage = {
  promptTokens: 100,
  cachedTokens: 60,
  completionTokens: 20,
  reasoningTokens: 5,
  forcedTokens: 2,
  draftedTokens: 8,
  acceptedTokens: 6,
  promptMilliseconds: 50,
  generationMilliseconds: 400,
}

test('a window tells how its last values are spread, by nearest rank', () => {
  const window = new SlidingWindow(100)
  expect(window.spread()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, largest: 0 })
  for (let value = 1; value <= 150; value++) window.note(value)
  expect(window.spread()).toEqual({ count: 100, mean: 100.5, p50: 100, p90: 140, p99: 149, largest: 150 })
})

test('a rate is that of the last seconds, and of fewer at the beginning', () => {
  let now = 5_000_400
  const rate = new RecentRate(() => now, 10)
  rate.note(30)
  expect(rate.perSecond()).toBe(30)
  now += 2000
  rate.note(30)
  expect(rate.perSecond()).toBe(30)
  now += 8000
  expect(rate.perSecond()).toBe(3)
  now += 1_000_000
  expect(rate.perSecond()).toBe(0)
})

test('what models do is counted for each and in all', () => {
  const now = 1_000_000
  const statistics = new Statistics(() => now)
  for (const model of ['a', 'b', 'a']) {
    statistics.asked(model)
    statistics.waited(model, 10)
    statistics.generated({ model, usage, reason: 'stop', waitMilliseconds: 10 })
  }
  const { total, models, last, sinceSeconds } = statistics.view()
  expect(sinceSeconds).toBe(1000)
  expect(total).toMatchObject({ requests: 3, generations: 3 })
  expect(total.tokens).toEqual({
    prompt: 300,
    cached: 180,
    completion: 60,
    reasoning: 15,
    forced: 6,
    drafted: 24,
    accepted: 18,
  })
  expect(models.get('a')).toMatchObject({ requests: 2, generations: 2, tokens: { completion: 40 } })
  expect(models.get('b')?.firstTokenMilliseconds).toMatchObject({ count: 1, p50: 60 })
  expect(models.get('b')?.tokensPerSecond).toMatchObject({ count: 1, p50: 50 })
  expect(models.get('b')?.waitMilliseconds).toMatchObject({ count: 1, p50: 10 })
  expect(last).toMatchObject({ model: 'a', reason: 'stop', endedSeconds: 1000 })
})

test('an answer without tokens says nothing of how fast they come', () => {
  const statistics = new Statistics(() => 0)
  const none = { ...usage, completionTokens: 0, generationMilliseconds: 0 }
  statistics.generated({ model: 'a', usage: none, reason: 'aborted', waitMilliseconds: 0 })
  expect(statistics.view().total.firstTokenMilliseconds.count).toBe(0)
  expect(statistics.view().total.tokensPerSecond.count).toBe(0)
})

test('texts, loads and errors have counts of their own', () => {
  const statistics = new Statistics(() => 0)
  statistics.read({ model: 'e', task: 'embedding', texts: 3, tokens: 30, milliseconds: 5 })
  statistics.read({ model: 'r', task: 'ranking', texts: 2, tokens: 40, milliseconds: 5 })
  statistics.failed('queue_full', 'e')
  statistics.failed('queue_full', 'e')
  statistics.failed('invalid_json')
  const error = new ServerError('model_load_failed', { model: 'e', problem: 'x' })
  statistics.note({ type: 'failed', model: 'e', error, retrySeconds: 2 })
  // A load that is given up brings nothing that could leave.
  statistics.note({ type: 'left', model: 'e', why: 'asked' })
  for (const why of ['room', 'idle', 'asked'] as const) {
    statistics.note({ type: 'ready', model: 'e', loaded: {} as LoadedModel, seconds: 1 })
    statistics.note({ type: 'left', model: 'e', why })
  }
  statistics.note({ type: 'ready', model: 'e', loaded: {} as LoadedModel, seconds: 1 })
  statistics.note({ type: 'failed', model: 'e', error, retrySeconds: 2 })
  const { total, models } = statistics.view()
  expect(total).toMatchObject({ embeddedTexts: 3, embeddedTokens: 30, rankedTexts: 2, rankedTokens: 40 })
  expect(total.errors).toEqual({ queue_full: 2, invalid_json: 1 })
  expect(models.get('e')).toMatchObject({ errors: { queue_full: 2 }, failedLoads: 1, evictions: 1 })
  expect(models.get('e')).toMatchObject({ expiries: 1, unloads: 1, loads: 4, crashes: 1 })
  expect(models.get('e')?.recent.texts).toBe(30)
})

test('what a provider answered is counted for its model, and embeddings apart', () => {
  const statistics = new Statistics(() => 1_000_000)
  const record = {
    provider: 'other',
    model: 'other/model',
    ability: 'chat',
    share: 'anonymous',
    promptTokens: 100,
    cachedTokens: 40,
    completionTokens: 20,
    reasoningTokens: 5,
    isCounted: true,
    reason: 'stop',
    firstByteMilliseconds: 200,
    milliseconds: 1200,
  }
  statistics.forwarded(record)
  statistics.forwarded({ ...record, model: 'other/vectors', ability: 'embeddings', completionTokens: 0 })
  const { total, models } = statistics.view()
  expect(models.get('other/model')?.tokens).toMatchObject({ prompt: 100, cached: 40, completion: 20, reasoning: 5 })
  expect(models.get('other/model')?.tokensPerSecond.p50).toBe(20)
  expect(models.get('other/vectors')?.embeddedTokens).toBe(100)
  expect(total).toMatchObject({ generations: 1, embeddedTokens: 100 })
})

test('a provider that takes any name does not make the statistics grow without end', () => {
  const statistics = new Statistics(() => 1_000_000)
  for (let number = 0; number < 5000; number++) statistics.asked(`other/${number}`)
  expect(statistics.view().models.size).toBe(4096)
  expect(statistics.view().total.requests).toBe(5000)
})
