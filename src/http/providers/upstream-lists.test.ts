import { expect, test } from 'bun:test'
import { fakeProvider, fakeProviders } from '../../../test/fakes/fake-providers.ts'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { openServer } from '../../../test/fakes/open-server.ts'

const idsOf = async (url: string) =>
  ((await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string; owned_by: string }[] }).data

test('models of providers stand in the list behind those of this machine, and can be looked up', async () => {
  await using open = await openGateway({ upstream: { models: ['fake', 'a/b'] } })
  const data = await idsOf(open.server.url)
  expect(data.map(({ id }) => id)).toEqual(['smollm2-135m-instruct', 'all-minilm-l6-v2', 'other/fake', 'other/a/b'])
  expect(data.at(-1)?.owned_by).toBe('other')
  const one = await fetch(`${open.server.url}/v1/models/other/a%2Fb`)
  expect(await one.json()).toEqual({ id: 'other/a/b', object: 'model', created: 1_700_000_000, owned_by: 'other' })
  const absent = await fetch(`${open.server.url}/v1/models/other/c`)
  expect(await absent.json()).toMatchObject({ error: { code: 'upstream_model_not_found' } })
  const own = await fetch(`${open.server.url}/other/v1/models/a/b`)
  expect(await own.json()).toMatchObject({ id: 'a/b', owned_by: 'somebody' })
})

test('a provider that is down leaves the list as it is, and is not asked each time', async () => {
  let asked = 0
  const down = fakeProvider({
    name: 'down',
    isListed: true,
    models: () => {
      asked++
      return Promise.reject(new Error('nobody there'))
    },
  })
  await using open = openServer({ providers: fakeProviders([down]) })
  for (let time = 0; time < 3; time++) expect(await idsOf(open.server.url)).toHaveLength(2)
  expect(asked).toBe(1)
})

test('a provider that never answers is waited for once, and told of as soon as it does', async () => {
  const gate = Promise.withResolvers<void>()
  const slow = fakeProvider({ name: 'slow', isListed: true, models: () => gate.promise.then(() => [model]) })
  const model = { id: 'slow/one', upstreamId: 'one', provider: 'slow', said: {} }
  await using open = openServer({ providers: fakeProviders([slow]) })
  expect(await idsOf(open.server.url)).toHaveLength(2)
  expect(await idsOf(open.server.url)).toHaveLength(2)
  gate.resolve()
  while ((await idsOf(open.server.url)).length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
})
