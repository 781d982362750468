import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeApiKeyStore } from './compose-keys.ts'
import { refuseOpenDoor, refuseOpenServer } from './compose-open-door.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { ServerError } from './core/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-open-door-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

/** What a server with these flags and variables says before it listens. */
function tellOf(flags: Record<string, string>, { home = join(folder, String(++made)), keys = '' } = {}) {
  const variables = { HEARTH_HOME: home, ...(keys && { ALLOWED_API_KEYS: keys }) }
  const environment = makeEnvironment({ variables, platform: 'linux', home: folder, currentFolder: folder })
  const { config, problems } = loadConfig({ flags, environment })
  expect(problems).toEqual([])
  try {
    refuseOpenServer({ config, environment })
    return 'starts'
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    expect(error.hint).toContain('hearth keys create')
    expect(error.hint).toContain('--insecure')
    return `${error.code}: ${error.message}`
  }
}

test.each([
  [{}, 'starts'],
  [{ host: 'localhost' }, 'starts'],
  [{ host: '127.3.2.1' }, 'starts'],
  [{ host: '::1' }, 'starts'],
  [{ listen: 'http://127.0.0.1:1,http://[::1]:2,unix:/run/hearth.sock' }, 'starts'],
  [{ host: '0.0.0.0', insecure: 'true' }, 'starts'],
  [{ host: '0.0.0.0', 'require-key': 'always' }, 'starts'],
  [{ host: '0.0.0.0', 'allowed-api-keys-file': '/nowhere' }, 'starts'],
])('%p %s without a key', (flags, told) => expect(tellOf(flags as Record<string, string>)).toBe(told))

test.each([
  [{ host: '0.0.0.0' }, 'http://0.0.0.0:8080'],
  [{ host: '::' }, 'http://[::]:8080'],
  [{ host: '192.168.1.2', port: '9' }, 'http://192.168.1.2:9'],
  [{ host: '::ffff:10.0.0.1' }, 'http://[::ffff:10.0.0.1]:8080'],
  [{ host: '0' }, 'http://0:8080'],
  [{ host: 'desk.lan' }, 'http://desk.lan:8080'],
  [{ host: '127.0.0.1.example.com' }, 'http://127.0.0.1.example.com:8080'],
  [{ listen: 'http://127.0.0.1:1,http://0.0.0.0:2,unix:/run/hearth.sock' }, 'http://0.0.0.0:2'],
])('%p is refused without a key, and started with one, whatever became of it', (given, address) => {
  const flags = given as Record<string, string>
  expect(tellOf(flags)).toStartWith(`open_to_others: Others could reach this server at ${address}, `)
  expect(tellOf(flags, { keys: 'a-key' })).toBe('starts')
  const home = join(folder, String(++made))
  const store = composeApiKeyStore({ store_path: join(home, 'hearth.sqlite') })
  store.create({ name: 'a', scopes: ['inference'] })
  store[Symbol.dispose]()
  expect(tellOf(flags, { home })).toBe('starts')
  expect(tellOf({ ...flags, 'require-key': 'never' }, { home, keys: 'a-key' })).toContain('require_key is never')
  expect(tellOf({ ...flags, 'require-key': 'never', insecure: 'true' }, { home })).toBe('starts')
})

test('a file of keys that cannot be read opens no door: the server starts, and answers nobody', () => {
  const path = join(folder, 'rubbish')
  writeFileSync(path, 'this is no database at all, and it is long enough to be looked at')
  expect(tellOf({ host: '0.0.0.0', 'store-path': path })).toBe('starts')
})

test('every address counts by itself', () => {
  const config = { require_key: 'auto', insecure: false, store_path: join(folder, 'none') } as const
  const environment = { allowedApiKeys: { keys: [] } }
  const socket = { address: { type: 'unix', path: '/run/a', mode: 0o660 } } as const
  expect(() => refuseOpenDoor({ config, environment }, [socket])).not.toThrow()
  const open = { address: { type: 'tcp', host: '10.0.0.1', port: 1, isSecure: true } } as const
  expect(() => refuseOpenDoor({ config, environment }, [socket, open])).toThrow('at https://10.0.0.1:1, and')
})
