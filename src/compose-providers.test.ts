import { expect, test } from 'bun:test'
import { chatCall, textOf } from '../test/conformance/provider-under-test.ts'
import { startFakeUpstream } from '../test/fakes/fake-upstream.ts'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { composeProviders, providersPlan } from './compose-providers.ts'
import type { Config } from './config/config.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { LiveValue } from './core/live.ts'
import { presetNames, reservedNames } from './core/provider-names.ts'
import * as routes from './http/routes.gen.ts'

const environmentOf = (variables: Record<string, string>) =>
  makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here' })
const configOf = (text: string): Config => {
  const { config, problems } = loadConfig({
    flags: {},
    environment: environmentOf({}),
    file: { path: '/c.yaml', text },
  })
  expect(problems).toEqual([])
  return config
}

test('no provider can have a name with which a route begins', () => {
  const parts = Object.values(routes).map(({ path }) => path.split('/')[1] ?? '')
  const fixed = [...new Set(parts)].filter((part) => /^[a-z]/.test(part))
  expect(fixed.filter((part) => !reservedNames.includes(part))).toEqual([])
  expect(presetNames.filter((name) => reservedNames.includes(name))).toEqual([])
})

test('what is known is there without a word of configuration, and listed once somebody set it up', () => {
  const listed = (text: string, variables = {}) =>
    providersPlan(configOf(text), environmentOf(variables))
      .providers.filter(({ isListed }) => isListed)
      .map(({ name }) => name)
  expect(providersPlan(configOf(''), environmentOf({})).providers.map(({ name }) => name)).toEqual([...presetNames])
  expect(listed('')).toEqual([])
  expect(listed('', { CEREBRAS_API_KEY: 'k', OLLAMA_HOST: 'gpu' })).toEqual(['cerebras', 'ollama'])
  expect(
    listed('providers:\n  - name: ollama\n    listed: false\n  - name: mine\n    base_url: http://a/v1\n'),
  ).toEqual(['mine'])
})

test('variables go over the file, and the file says where a key stands', () => {
  const plan = (text: string, variables: Record<string, string>) =>
    providersPlan(configOf(text), environmentOf(variables)).providers.find(({ name }) => name === 'mine')
  const entry = 'providers:\n  - name: mine\n    base_url: http://file/v1\n'
  expect(plan(entry, { MINE_BASE_URL: 'http://variable/v1' })?.addresses).toEqual(['http://variable/v1'])
  expect(plan(entry, { MINE_API_KEY: 'k' })?.key).toEqual({
    type: 'value',
    value: 'k',
    variable: 'MINE_API_KEY',
  })
  expect(plan(`${entry}    api_key_env: OTHER\n`, { MINE_API_KEY: 'k', OTHER: 'o' })?.key).toEqual({
    type: 'value',
    value: 'o',
    variable: 'OTHER',
  })
  expect(plan(`${entry}    api_key_env: OTHER\n`, { MINE_API_KEY: 'k' })?.key).toEqual({
    type: 'unset',
    variable: 'OTHER',
  })
  expect(plan(`${entry}    api_key_file: /run/key\n`, { MINE_API_KEY: 'k' })?.key).toEqual({
    type: 'file',
    path: '/run/key',
  })
})

test('follows the configuration, and what is not another provider goes on', async () => {
  await using upstream = await startFakeUpstream()
  const first = configOf(`providers:\n  - name: mine\n    base_url: ${upstream.url}\n`)
  const live = new LiveValue(first)
  using providers = composeProviders({ config: live, environment: environmentOf({}), log: createMemoryLog() })
  const mine = providers.find('mine')
  if (!mine) throw new Error('It is configured')
  expect(await textOf(await mine.send(chatCall()))).toContain('Good day.')
  live.set(
    configOf(
      `providers:\n  - name: other\n  - name: mine\n    base_url: ${upstream.url}\nfallbacks:\n  - { model: a, to: [mine/fake] }\n`,
    ),
  )
  expect(providers.list().map(({ name }) => name)).toEqual(['cerebras', 'custom', 'mine', 'ollama', 'other'])
  expect(providers.find('mine')).toBe(mine)
  expect(providers.fallbacksOf('a')).toEqual(['mine/fake'])
  live.set({ ...first, providers: [] })
  expect(providers.find('mine')).toBeUndefined()
  expect(providers.hasFallbacks).toBe(false)
})
