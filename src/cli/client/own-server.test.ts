import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { makeEnvironment } from '../../config/environment.ts'
import { loadConfig } from '../../config/load.ts'
import { writeGguf } from '../../models/gguf/write-gguf.ts'
import { startOwnServer } from './own-server.ts'

test('the parts of a server in this process answer to their own key only, and are gone at the end', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-own-'))
  try {
    const variables = {
      HEARTH_HOME: home,
      ALLOWED_API_KEYS: 'somebody-elses-key',
      HEARTH_HOST: '0.0.0.0',
      HEARTH_REQUESTS_PER_MINUTE: '1',
    }
    const environment = makeEnvironment({ variables, platform: process.platform, home, currentFolder: home })
    const server = await startOwnServer(loadConfig({ flags: {}, environment }).config, environment)
    const { client } = server
    const signal = new AbortController().signal
    expect(client.url).toStartWith('http://127.0.0.1:')
    for (let count = 0; count < 3; count++)
      expect(await client.json<object>({ path: '/v1/models', signal })).toMatchObject({ object: 'list' })
    for (const headers of [{}, { authorization: 'Bearer somebody-elses-key' }])
      expect((await fetch(`${client.url}/v1/models`, { headers })).status).toBe(401)
    await server[Symbol.asyncDispose]()
    // What one asks oneself is no use of a key that was given to anybody.
    expect(readdirSync(home)).not.toContain('hearth.sqlite')
    await expect(client.json({ path: '/health', signal })).rejects.toThrow('nothing listens there')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

test('a name that hearth cp gives is known to a running server at once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-own-'))
  try {
    const models = join(home, 'models')
    mkdirSync(models)
    await writeGguf(join(models, 'Tiny-Q8_0.gguf'), {
      metadata: { 'general.architecture': { type: 'string', value: 'llama' } },
      tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
    })
    const variables = { HEARTH_HOME: home, HEARTH_PORT: '0' }
    const environment = makeEnvironment({ variables, platform: process.platform, home, currentFolder: home })
    await using server = await startOwnServer(loadConfig({ flags: {}, environment }).config, environment)
    const signal = new AbortController().signal
    const find = () => server.client.json<{ id: string }>({ path: '/v1/models/gpt-4o', signal })
    await expect(find()).rejects.toThrow("'gpt-4o'")
    expect((await runCommandLine(['cp', 'Tiny-Q8_0', 'gpt-4o'], { variables })).code).toBe(0)
    expect(await find()).toMatchObject({ id: 'Tiny-Q8_0' })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
