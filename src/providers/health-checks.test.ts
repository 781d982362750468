import { expect, test } from 'bun:test'
import { startFakeUpstream } from '../../test/fakes/fake-upstream.ts'
import { createFakeWorld } from '../../test/fakes/fake-world.ts'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { pageAnswer } from '../../test/fakes/upstream-shapes.ts'
import { createProvider } from './create-provider.ts'
import { settingsOf } from './settings.ts'

test('looks at every address, tells what it finds, and sends requests where it is well', async () => {
  await using well = await startFakeUpstream()
  await using ill = await startFakeUpstream()
  ill.failAlways(pageAnswer(502))
  const log = createMemoryLog()
  const settings = settingsOf({
    name: 'custom',
    isConfigured: true,
    addresses: [ill.url, well.url],
    healthSeconds: 0.02,
  })
  using owned = createProvider({ settings, log, world: createFakeWorld(0), proxyFor: () => undefined })
  const { facts } = await log.waitFor(({ level }) => level === 'warn')
  expect(facts).toMatchObject({ provider: 'custom', address: ill.url })
  const [first, second] = owned.provider.status()
  expect(first).toMatchObject({ isHealthy: false })
  expect(String(first?.problem)).toContain('502')
  expect(second?.isHealthy).not.toBe(false)
  ill.failAlways(undefined)
  await log.waitFor(({ level, facts }) => level === 'info' && facts.address === ill.url)
  expect(owned.provider.status()[0]).toMatchObject({ isHealthy: true })
})

test('stops when the provider goes, also in the middle of a look', async () => {
  await using upstream = await startFakeUpstream()
  upstream.failAlways('silent')
  const settings = settingsOf({ name: 'custom', isConfigured: true, addresses: [upstream.url], healthPath: 'health' })
  const owned = createProvider({
    settings,
    log: createMemoryLog(),
    world: createFakeWorld(),
    proxyFor: () => undefined,
  })
  await upstream.seen(1)
  owned[Symbol.dispose]()
  expect((await upstream.abandoned()).path).toBe('/v1/health')
  expect(owned.provider.status()[0]?.isHealthy).toBeUndefined()
})
