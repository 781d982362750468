import { afterEach, beforeEach, expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { createLiveRegistry } from './live-registry.ts'
import { catalog, type Home, makeHome, refusalOf, registryDefaults } from './registry.fixture.ts'
import type { RegistryOptions } from './registry-options.ts'

let home: Home
beforeEach(async () => {
  home = await makeHome()
})
afterEach(() => home[Symbol.asyncDispose]())

const options = (change: Partial<RegistryOptions> = {}): RegistryOptions => ({
  modelsDir: home.modelsDir,
  settings: [],
  catalog,
  sources: [],
  defaults: registryDefaults,
  log: { info: (text) => home.log.push(text), warn: (text) => home.log.push(text) },
  ...change,
})

test('models are called, listed and loaded as the options say now', async () => {
  const path = await home.write('own/Tiny.Q8_0.gguf')
  const models = createLiveRegistry(options({ settings: [{ id: 'first', path, load: { slots: 1 } }] }))
  expect((await models.find('first', 'chat')).load.slots).toBe(1)
  const before = models.reconfigure(options({ settings: [{ id: 'second', path, load: { slots: 2 } }] }))
  expect((await models.find('second', 'chat')).load.slots).toBe(2)
  expect((await refusalOf(models.find('first', 'chat'))).code).toBe('model_not_found')
  expect((await before.list()).map(({ id }) => id)).toEqual(['first'])
  expect((await models.list()).map(({ id }) => id)).toEqual(['second'])
})

test('what was said of a model while the server runs stays over what the options say now', async () => {
  const path = await home.write('own/Tiny.Q8_0.gguf')
  const setting = (slots: number, threads: number) => ({ id: 'own', path, load: { slots, threads } })
  const models = createLiveRegistry(options({ settings: [setting(1, 1)] }))
  await models.configure('own', { load: { slots: 5 }, defaults: { temperature: 0 } })
  models.reconfigure(options({ settings: [setting(2, 2)] }))
  expect(await models.find('own', 'chat')).toMatchObject({
    load: { slots: 5, threads: 2 },
    defaults: { temperature: 0 },
  })
})

test('what was told in the log is not told again', async () => {
  const models = createLiveRegistry(options({ settings: [{ id: 'own', path: '/nowhere/a.gguf' }] }))
  await models.list()
  const told = home.log.length
  expect(told).toBeGreaterThan(0)
  models.reconfigure(options({ settings: [{ id: 'own', path: '/nowhere/a.gguf', load: { slots: 2 } }] }))
  await models.list()
  expect(home.log.length).toBe(told)
})

test('a name that was given for good goes on to hold', async () => {
  const path = await home.write('own/Tiny.Q8_0.gguf')
  const models = createLiveRegistry(options())
  await models.addAlias('gpt-4o', 'tiny-chat')
  models.reconfigure(options({ settings: [{ id: 'tiny-chat', load: { slots: 2 } }] }))
  expect((await models.find('gpt-4o', 'chat')).load.slots).toBe(2)
  await rm(path)
  models.forget()
  await refusalOf(models.find('gpt-4o', 'chat'))
})

test('whoever asks while the options change gets what they make of the model now', async () => {
  const path = await home.write('own/Tiny.Q8_0.gguf')
  const models = createLiveRegistry(options({ settings: [{ id: 'own', path, load: { slots: 1 } }] }))
  const [found, byNewName] = [models.find('own', 'chat'), models.find('later', 'chat')]
  models.reconfigure(options({ settings: [{ id: 'own', aliases: ['later'], path, load: { slots: 2 } }] }))
  expect((await found).load.slots).toBe(2)
  expect((await byNewName).id).toBe('own')
})
