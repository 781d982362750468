import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeDownloads } from './compose-downloads.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import type { DownloadView } from './models/downloads.ts'
import { startTestHub } from './models/pull/test-hub.ts'
import { makeModel } from './models/pull/test-model.ts'

test('what this build cannot run, and what is too large for this machine, is not fetched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-compose-'))
  try {
    await using hub = await startTestHub(await makeModel({ architecture: 'alien' }))
    const environment = makeEnvironment({ variables: {}, platform: 'linux', home: folder, currentFolder: folder })
    const { config } = loadConfig({ flags: { 'models-dir': folder }, environment })
    let known: ReadonlySet<string> | undefined = new Set(['llama'])
    let needed = 0
    const downloads = await composeDownloads({
      config,
      environment,
      log: { info: () => {}, warn: () => {} },
      machine: {
        system: { supportedArchitectures: async () => known },
        runtime: {
          // On a GPU as far as it may have one.
          least: ({ header }, room) => ({
            mainBytes: needed + header.tensorBytes,
            deviceBytes: Math.min(500, room?.deviceBytes ?? 500),
          }),
        },
        engine: { memory: () => ({ total: { mainBytes: 1_000_000, deviceBytes: 0 } }) },
      },
    })
    const pull = async () => {
      let view: DownloadView = await downloads.start({ model: `${hub.url}/Model.gguf` })
      for await (view of downloads.watch(view.id, new AbortController().signal));
      return view
    }
    const alien = await pull()
    expect(alien.error).toMatchObject({ code: 'model_incompatible', facts: { param: 'model' } })
    expect(alien.error?.message).toContain("the architecture 'alien'")
    // Where the native libraries do not work nobody knows what they could run.
    known = undefined
    needed = 950_000
    expect((await pull()).error).toMatchObject({
      code: 'model_too_large',
      facts: { needBytes: 1_050_000, haveBytes: 1_000_000 },
    })
    needed = 0
    expect((await pull()).state).toBe('done')
    await downloads.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})
