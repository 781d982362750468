import { expect, test } from 'bun:test'
import { fakeEntry } from '../../test/fakes/fake-models.ts'
import { openServer } from '../../test/fakes/open-server.ts'
import type { ModelList } from '../protocol/openai/models.wire.ts'

const list = async (url: string) => (await (await fetch(`${url}/v1/models`)).json()) as ModelList

test('models are listed also where no default model is installed', async () => {
  await using open = openServer({ entries: [fakeEntry({ id: 'only-chat' })] })
  const { data } = await list(open.server.url)
  expect(data.map(({ id, default: isDefault, state }) => ({ id, isDefault, state }))).toEqual([
    { id: 'only-chat', isDefault: true, state: 'unloaded' },
  ])
})

test('a loaded model says what it turned out to be', async () => {
  await using open = openServer({ entries: [fakeEntry({ id: 'only-chat' })] })
  await open.post('/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] })
  expect((await list(open.server.url)).data[0]).toMatchObject({
    state: 'ready',
    context_length: 256,
    slots: 4,
    device: 'fake',
    gpu_layers: 0,
  })
})
