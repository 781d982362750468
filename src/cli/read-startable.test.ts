import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { makeEnvironment } from '../config/environment.ts'
import { problemLine } from '../config/problem.ts'
import { readStartable } from './read-startable.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-startable-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const problemsOf = async (flags: Record<string, string>, variables: Record<string, string> = {}) => {
  const facts = { platform: process.platform, home: folder, currentFolder: folder }
  const environment = makeEnvironment({ variables, ...facts })
  return (await readStartable({ flags, environment, problems: [], beside: folder })).problems.map(problemLine)
}

test('a server does not start with a file of keys that cannot be used, and whoever named it is told', async () => {
  const path = join(folder, 'keys')
  const missing = `the file ${path} cannot be read: it does not exist`
  expect(await problemsOf({ 'allowed-api-keys-file': 'keys' })).toEqual([`--allowed-api-keys-file: ${missing}`])
  expect(await problemsOf({}, { ALLOWED_API_KEYS_FILE: path })).toEqual([`ALLOWED_API_KEYS_FILE: ${missing}`])
  expect(await problemsOf({}, { ALLOWED_API_KEYS_FILE: '' })).toEqual([])
  const config = join(folder, 'config.yaml')
  writeFileSync(config, 'port: 0\nallowed_api_keys_file: keys\n')
  expect(await problemsOf({})).toEqual([`${config}:2:1: allowed_api_keys_file: ${missing}`])
  // An empty variable, as compose files write it, does not hide the file.
  expect(await problemsOf({}, { ALLOWED_API_KEYS_FILE: '' })).toHaveLength(1)
  writeFileSync(path, 'good\n5ecret word\n')
  const [problem = ''] = await problemsOf({})
  expect(problem).toContain('line 2 has a space')
  expect(problem).not.toContain('5ecret')
  writeFileSync(path, '# nobody yet\n')
  expect(await problemsOf({})).toEqual([])
})

test('what a provider of the file lacks is noted, and keeps no server from starting', async () => {
  const config = join(folder, 'config.yaml')
  writeFileSync(
    config,
    'providers:\n  - name: one\n  - { name: two, base_url: http://a/v1, api_key_env: NOT_SET }\n  - { name: three, base_url: http://a/v1 }\n',
  )
  const facts = { platform: process.platform, home: folder, currentFolder: folder }
  const environment = makeEnvironment({ variables: { THREE_API_KEY: 'plan\nted' }, ...facts })
  const { problems, notes } = await readStartable({ flags: {}, environment, problems: [], beside: folder })
  expect(problems).toEqual([])
  expect(notes.map(({ path }) => path)).toEqual(['providers[0]', 'providers[1]', 'providers[2]'])
  const [one, two, three] = notes.map(({ message }) => message)
  expect(one).toContain('ONE_BASE_URL')
  expect(two).toContain('Set NOT_SET to the key')
  expect(three).toContain('the key in THREE_API_KEY has a blank')
  expect(three).not.toContain('plan')
})
