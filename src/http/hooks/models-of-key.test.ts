import { expect, test } from 'bun:test'
import { fakeEntry, fakeRegistry } from '../../../test/fakes/fake-models.ts'
import { ServerError } from '../../core/errors.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { modelsOfKey } from './models-of-key.ts'

const entries = [fakeEntry({ id: 'big' }), fakeEntry({ id: 'small', aliases: ['app'] }), fakeEntry({ id: 'tiny' })]
const keyFor = (...models: string[]): ApiKey => ({
  id: 'key-1',
  name: 'a',
  start: 'sk-',
  scopes: ['inference'],
  models,
  createdSeconds: 1,
})
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error as ServerError).code,
  )

test('a key has the models of its list, by every name that they have', async () => {
  const held = modelsOfKey(fakeRegistry(entries), keyFor('app'))
  expect((await held.list()).map(({ id }) => id)).toEqual(['small'])
  for (const name of ['app', 'small', undefined]) expect((await held.find(name, 'chat')).id).toBe('small')
  for (const name of ['big', 'absent', '']) expect(await codeOf(held.find(name, 'chat'))).toBe('key_not_allowed')
  expect(await codeOf(held.find(undefined, 'embedding'))).toBe('key_not_allowed')
})

test('a model of its list that is not there is told as that, without a word of others', async () => {
  const held = modelsOfKey(fakeRegistry(entries), keyFor('bigger'))
  const error = await held.find('bigger', 'chat').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'model_not_found' })
  expect(JSON.stringify(error)).not.toContain('big"')
})

test('where the default of all is not there, the key has the first of its own', async () => {
  const registry = fakeRegistry(entries)
  const broken: typeof registry = {
    ...registry,
    async find(name, kind) {
      if (name === undefined) throw new ServerError('model_not_installed', { param: 'model', model: 'the-default' })
      return registry.find(name, kind)
    },
  }
  const held = modelsOfKey(broken, keyFor('tiny', 'small'))
  expect((await held.find(undefined, 'chat')).id).toBe('small')
  const none = modelsOfKey(broken, keyFor('absent'))
  expect(await codeOf(none.find(undefined, 'chat'))).toBe('key_not_allowed')
})
