import { expect, test } from 'bun:test'
import { fakeEntry } from '../../../test/fakes/fake-models.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import type { LoadedModel } from '../../core/runtime.ts'
import { logModels } from '../../observe/log-models.ts'

const entry = fakeEntry({ id: 'mario', notes: ['The system prompt is left out.'] })

test('what is left out of a model of another program stands in the list of models', async () => {
  await using open = openServer({ entries: [entry, fakeEntry({ id: 'plain' })] })
  const { data } = (await (await fetch(`${open.server.url}/v1/models/registered`)).json()) as {
    data: { id: string; notes?: unknown }[]
  }
  expect(data.find(({ id }) => id === 'mario')?.notes).toEqual(['The system prompt is left out.'])
  expect(data.find(({ id }) => id === 'plain')).not.toHaveProperty('notes')
})

test('and in the log when it is loaded', () => {
  const said: string[] = []
  const log = { debug() {}, info: (text: string) => void said.push(text), warn() {}, error() {} }
  const facts = { contextSize: 1, slots: 1, threads: 1, gpuLayers: 0, device: 'fake', notes: [] }
  const loaded = { model: entry, facts } as unknown as LoadedModel
  logModels({ type: 'ready', model: 'mario', loaded, seconds: 1 }, log)
  expect(said).toContain('The system prompt is left out.')
})
