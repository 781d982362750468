import { expect, test } from 'bun:test'
import { chatCall, refusal, textOf } from '../../test/conformance/provider-under-test.ts'
import { type FakeUpstream, startFakeUpstream } from '../../test/fakes/fake-upstream.ts'
import { createFakeWorld } from '../../test/fakes/fake-world.ts'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { createGate } from '../../test/fakes/piece-gate.ts'
import { busyAnswer, pageAnswer } from '../../test/fakes/upstream-shapes.ts'
import type { Provider } from '../core/provider.ts'
import { chainOf, createProviders } from './create-providers.ts'
import { type ProviderWish, settingsOf } from './settings.ts'

const planOf = (...wishes: Partial<ProviderWish>[]) => ({
  providers: wishes.map((wish) => settingsOf({ name: 'one', isConfigured: true, ...wish })),
  fallbacks: [],
})
const open = (plan: ReturnType<typeof planOf>) =>
  createProviders({ plan, log: createMemoryLog(), world: createFakeWorld(), proxyFor: () => undefined })

test('are listed in the order of their names, and found by them', () => {
  using providers = open(planOf({ name: 'zeta' }, { name: 'alpha' }))
  expect(providers.list().map(({ name }) => name)).toEqual(['alpha', 'zeta'])
  expect(providers.find('zeta')?.name).toBe('zeta')
  expect(providers.find('constructor')).toBeUndefined()
})

test('those whose settings are the same go on as they are, with what they remember', async () => {
  await using upstream = await startFakeUpstream()
  const same = { name: 'same', addresses: [upstream.url], retries: 0 }
  using providers = open(planOf(same, { name: 'old', addresses: ['http://127.0.0.1:9/v1'] }))
  const before = providers.find('same')
  upstream.failAlways('reset-before-head')
  for (let number = 0; number < 5; number++) await refusal(before?.send(chatCall()) as Promise<unknown>)
  providers.change(planOf(same, { name: 'new' }))
  expect(providers.find('same')).toBe(before as NonNullable<typeof before>)
  expect(before?.status()[0]?.breaker).toBe('open')
  expect(providers.find('old')).toBeUndefined()
  expect(providers.find('new')).toBeDefined()
  // One that is changed keeps what is known of its addresses.
  providers.change(planOf({ ...same, retries: 1 }))
  expect(providers.find('same')).not.toBe(before as NonNullable<typeof before>)
  expect(providers.find('same')?.status()[0]?.breaker).toBe('open')
})

test('a call of a provider that goes runs to its end', async () => {
  const gate = createGate()
  await using upstream = await startFakeUpstream({ beforePiece: gate.pass })
  using providers = open(planOf({ addresses: [upstream.url] }))
  gate.release(1)
  const answer = await (providers.find('one')?.send(chatCall({ isStreamed: true })) as Promise<never>)
  providers.change(planOf())
  expect(providers.list()).toEqual([])
  gate.release(10)
  expect(await textOf(answer)).toEndWith('data: [DONE]\n\n')
})

test('a request that one address fails at goes to another at once', async () => {
  await using broken = await startFakeUpstream()
  await using well = await startFakeUpstream()
  broken.failAlways('reset-before-head')
  const world = createFakeWorld(0)
  const log = createMemoryLog()
  const plan = planOf({ addresses: [broken.url, well.url], healthSeconds: 3600 })
  using providers = createProviders({ plan, log, world, proxyFor: () => undefined })
  const answer = await (providers.find('one') as Provider).send(chatCall())
  await textOf(answer)
  expect(answer.address).toBe(well.url)
  expect(world.pauses).toEqual([])
})

test('an address that is full is not asked again before its time, as long as there is another', async () => {
  await using full = await startFakeUpstream()
  await using free = await startFakeUpstream()
  full.failAlways(busyAnswer('generic', '3600'))
  const world = createFakeWorld(0)
  const plan = planOf({ addresses: [full.url, free.url], healthSeconds: 3600 })
  using providers = createProviders({ plan, log: createMemoryLog(), world, proxyFor: () => undefined })
  const chats = () => full.requests.filter(({ path }) => path.endsWith('/chat/completions')).length
  const ask = async () => await textOf(await (providers.find('one')?.send(chatCall()) as Promise<never>))
  for (let number = 0; number < 5; number++) await ask()
  expect(chats()).toBe(1)
  // An hour is more than others wait to see.
  world.pass(60_000)
  await ask()
  expect(chats()).toBe(2)
  free.failAlways(busyAnswer('generic', '3600'))
  expect(await refusal(ask())).toMatchObject({ code: 'upstream_overloaded', retryAfterSeconds: 3600 })
})

test('what was found at an address is forgotten when nobody looks any more', async () => {
  await using ill = await startFakeUpstream()
  ill.failAlways(pageAnswer(502))
  const log = createMemoryLog()
  const plan = planOf({ addresses: [ill.url], healthSeconds: 3600 })
  using providers = createProviders({ plan, log, world: createFakeWorld(), proxyFor: () => undefined })
  await log.waitFor(({ level }) => level === 'warn')
  expect(providers.find('one')?.status()).toMatchObject([{ isHealthy: false }])
  providers.change(planOf({ addresses: [ill.url] }))
  expect(providers.find('one')?.status()[0]).not.toHaveProperty('isHealthy')
})

test('a page of a proxy is no reason to ask again', async () => {
  await using upstream = await startFakeUpstream()
  upstream.fail(pageAnswer(502))
  using providers = open(planOf({ addresses: [upstream.url] }))
  expect(await refusal(providers.find('one')?.send(chatCall()) as Promise<unknown>)).toMatchObject({
    code: 'upstream_failed',
  })
  expect(upstream.requests.length).toBe(1)
})

test('a slow reader holds back the server that it reads from', async () => {
  await using upstream = await startFakeUpstream({ pieces: ['a', 'b', 'x'.repeat(65_536)] })
  using providers = open(planOf({ addresses: [upstream.url] }))
  upstream.fail('never-ending')
  const { body } = await (providers.find('one') as Provider).send(chatCall({ isStreamed: true }))
  await body.read()
  const held = await settled(upstream)
  // What lies in the buffers of both systems and of `fetch`, and not a byte more however long nobody reads.
  expect(held).toBeLessThan(32 * 2 ** 20)
  let read = 0
  while (read < 48 * 2 ** 20) read += (await body.read())?.byteLength ?? 0
  const more = await settled(upstream)
  expect(more).toBeGreaterThan(held)
  expect(more - read).toBeLessThan(32 * 2 ** 20)
  body.cancel()
  await upstream.abandoned()
})

/** Bytes that the upstream has written once it writes no more. */
async function settled(upstream: FakeUpstream): Promise<number> {
  for (let last = -1, same = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    same = upstream.writtenBytes === last ? same + 1 : 0
    last = upstream.writtenBytes
    if (same === 5) return last
  }
}

test('fallbacks are followed in their order, and never twice', () => {
  const fallbacks = new Map([
    ['a', ['b', 'c']],
    ['b', ['d', 'c']],
    ['d', ['a', 'e']],
  ])
  expect(chainOf('a', fallbacks)).toEqual(['b', 'd', 'e', 'c'])
  expect(chainOf('x', fallbacks)).toEqual([])
  using providers = createProviders({
    plan: { providers: [], fallbacks: [{ model: 'a', to: ['b'] }] },
    log: createMemoryLog(),
    proxyFor: () => undefined,
  })
  expect(providers.fallbacksOf('a')).toEqual(['b'])
  expect(providers.hasFallbacks).toBe(true)
})
