import { expect, test } from 'bun:test'
import { changesOf, liveOf } from './config-changes.ts'
import { makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'
import { optionKeys, optionRow } from './options.ts'

const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/home/ann', currentFolder: '/here' })
const config = (text: string) => {
  const loaded = loadConfig({ flags: {}, environment, file: { path: '/etc/hearth/config.yaml', text } })
  expect(loaded.problems).toEqual([])
  return loaded.config
}
const told = (before: string, after: string) =>
  changesOf(config(before), config(after)).map(({ key, text }) => `${key}: ${text}`)

test('what is written otherwise and means the same is no change', () => {
  expect(told('', 'port: 8080 # as ever\nmodels: []')).toEqual([])
  expect(told('log_level: info\nport: 1', 'port: 1\nlog_level: info')).toEqual([])
  expect(told('models: [{ id: a, n_ctx: 1 }]', 'models: [{ n_ctx: 1, id: a }]')).toEqual([])
})

test('an option is told with what it was and what it is', () => {
  expect(told('log_level: info', 'log_level: debug\nmax_tokens: 5')).toEqual([
    'max_tokens: none → 5',
    'log_level: info → debug',
  ])
  expect(told('cors_origins: [http://a]', '')).toEqual(['cors_origins: ["http://a"] → none'])
})

test('a list is told by the names of what is new, gone and changed, and none of its values', () => {
  const before = 'models:\n  - id: a\n  - { id: b, n_ctx: 1 }\n  - path: /m/c.gguf'
  expect(told(before, 'models:\n  - { id: b, n_ctx: 2, pinned: true }\n  - id: d')).toEqual([
    'models: new: d; gone: a, c.gguf; changed: b (n_ctx, pinned)',
  ])
  expect(told('models: [{ id: a }, { id: b }]', 'models: [{ id: b }, { id: a }]')).toEqual(['models: another order'])
  const provider = (secret: string) =>
    `providers:\n  - name: own\n    base_url: http://x/v1\n    headers: { X-Token: ${secret} }`
  expect(told(provider('first-secret'), provider('second-secret'))).toEqual(['providers: changed: own (headers)'])
})

test('an address is told without the user and the password in it', () => {
  const [line = ''] = told('', 'otlp_endpoint: http://user:secret@collector:4318')
  expect(line).toContain('collector:4318')
  expect(line).not.toContain('secret')
})

test('what needs a new start stays as it is, and the rest is as it is wanted', () => {
  const running = config('port: 1\notlp_endpoint: http://a\nlog_level: info')
  const wanted = config('port: 2\nlog_level: debug\nlisten: ["http://127.0.0.1:3"]\nmodels: [{ id: a }]')
  const live = liveOf(running, wanted)
  expect(live).toMatchObject({ port: 1, otlp_endpoint: 'http://a', log_level: 'debug', models: [{ id: 'a' }] })
  expect(live).not.toHaveProperty('listen')
  expect(
    changesOf(running, wanted)
      .filter(({ isLive }) => !isLive)
      .map(({ key }) => key),
  ).toEqual(['port', 'listen', 'otlp_endpoint'])
  expect(changesOf(live, wanted).every(({ isLive }) => !isLive)).toBe(true)
})

test('what says the same is the same object, so that nobody who follows it has to look into it', () => {
  const text = 'providers:\n  - { name: own, base_url: "http://x/v1" }\nmodels: [{ id: a }]'
  const running = config(text)
  const live = liveOf(running, config(`log_level: debug\n${text}`))
  expect(live.providers).toBe(running.providers)
  expect(live.models).toBe(running.models)
})

test('every option is of one of both kinds', () => {
  const running = config('')
  for (const key of optionKeys) {
    const wanted = { ...running, [key]: 'something else' }
    const isKept = JSON.stringify(liveOf(running, wanted)[key]) === JSON.stringify(running[key])
    expect(isKept, key).toBe(optionRow(key).isLive !== true)
  }
})
