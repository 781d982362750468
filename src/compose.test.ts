import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './compose.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { writeGguf } from './models/gguf/write-gguf.ts'

test('a default model of the wrong kind is told at the start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-compose-'))
  try {
    await writeGguf(join(folder, 'Talker.gguf'), {
      metadata: { 'general.architecture': { type: 'string', value: 'llama' } },
      tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
    })
    const flags = { port: '0', preload: 'false', 'models-dir': folder, model: 'Talker', 'embedding-model': 'talker' }
    const environment = makeEnvironment({ variables: {}, platform: 'linux', home: folder, currentFolder: folder })
    const told = Promise.withResolvers<string>()
    const quiet = () => {}
    const log = { debug: quiet, info: quiet, warn: told.resolve, error: told.reject }
    const server = await startServer({ config: loadConfig({ flags, environment }).config, environment, log })
    expect(await told.promise).toBe(
      "the default embedding model 'Talker' is for chat: requests for embedding that name no model are refused",
    )
    server.stop('the end of the test')
    expect(await server.stopped).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
