import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from '../../config/environment.ts'
import { loadConfig } from '../../config/load.ts'
import { startOwnServer } from './own-server.ts'

test('the parts of a server in this process answer to their own key only, and are gone at the end', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-own-'))
  try {
    const variables = { HEARTH_HOME: home, ALLOWED_API_KEYS: 'somebody-elses-key' }
    const environment = makeEnvironment({ variables, platform: process.platform, home, currentFolder: home })
    const server = await startOwnServer(loadConfig({ flags: {}, environment }).config, environment)
    const { client } = server
    const signal = new AbortController().signal
    expect(client.url).toStartWith('http://127.0.0.1:')
    expect(await client.json<object>({ path: '/v1/models', signal })).toMatchObject({ object: 'list' })
    for (const headers of [{}, { authorization: 'Bearer somebody-elses-key' }])
      expect((await fetch(`${client.url}/v1/models`, { headers })).status).toBe(401)
    await server[Symbol.asyncDispose]()
    await expect(client.json({ path: '/health', signal })).rejects.toThrow('nothing listens there')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
