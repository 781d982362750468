import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFrames } from '../../src/http/event-framing.ts'
import { makeModel } from '../../src/models/pull/test-model.ts'
import { startTestRepository } from '../../src/models/pull/test-repository.ts'
import { realModels } from '../real-models.ts'
import { startHearth } from '../start-hearth.ts'

test('a model is looked at, fetched, loaded, asked, stopped and deleted over HTTP', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-model-life-'))
  const [chat, alien] = [await readFile((await realModels()).chat), await makeModel({ architecture: 'alien' })]
  await using hub = await startTestRepository({ files: { 'Small-Q4_1.gguf': chat, 'Alien-Q4_0.gguf': alien } })
  const modelsFolder = join(folder, 'models')
  const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: join(folder, 'home'), HF_ENDPOINT: hub.url }
  try {
    await using hearth = await startHearth({ modelsFolder, environment, flags: ['--auto-pull=false'] })
    const ask = async (method: string, path: string, body?: object) => {
      const init = { method, headers: { 'content-type': 'application/json', 'x-request-id': 'the-one' } }
      return fetch(`${hearth.url}${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) })
    }
    const json = async (...sent: Parameters<typeof ask>) => (await ask(...sent)).json()
    const file = 'hf:user/repo/Small-Q4_1.gguf'

    expect(await json('POST', '/v1/resources/compatibility', { model: 'hf:user/repo/Alien-Q4_0.gguf' })).toMatchObject({
      compatible: false,
      architecture: 'alien',
    })
    const before = (await json('POST', '/v1/resources/estimate', { model: file, n_ctx: 512, slots: 1 })) as Sized
    // Heads are asked for by ranges, and nothing is kept of them.
    expect(hub.questions.filter((question) => question.endsWith('whole'))).toEqual([])
    expect(await readdir(modelsFolder).catch(() => [])).toEqual([])

    const pulled = await ask('POST', '/v1/pull', { model: file, stream: true })
    const last = readFrames(await pulled.text(), 'named').at(-1) as { download: { model_id: string; state: string } }
    expect(last).toMatchObject({ type: 'complete', download: { state: 'done', progress: 1 } })
    const model = last.download.model_id
    expect(await json('GET', `/v1/models/${encodeURIComponent(model)}`)).toMatchObject({ state: 'unloaded' })

    const loaded = (await json('POST', '/v1/models/load', { model, n_ctx: 512, slots: 1 })) as Sized
    expect(loaded).toMatchObject({ outcome: 'loaded', n_ctx: 512, slots: 1 })
    // What was said of it before a byte of its weights was here.
    expect(loaded.estimate.main_bytes).toBe(before.estimate.main_bytes)

    const story = { model, messages: [{ role: 'user', content: 'Count to a thousand.' }], max_tokens: 400 }
    const stream = await ask('POST', '/v1/chat/completions', { ...story, stream: true, temperature: 2, seed: 1 })
    expect(await json('POST', '/v1/generation/stop', { model })).toMatchObject({ stopped: 1 })
    expect(await stream.text()).toContain('"code":"request_stopped"')
    const answer = { ...story, max_tokens: 4 }
    expect(await json('POST', '/v1/chat/completions', answer)).toMatchObject({ usage: { completion_tokens: 4 } })
    expect(await json('GET', '/v1/stats')).toMatchObject({
      total: { requests: 2, loads: 1, running: 0, errors: { request_stopped: 1 } },
      last: { model, output_tokens: 4 },
    })

    expect((await ask('DELETE', `/v1/delete?model=${encodeURIComponent(model)}`)).status).toBe(409)
    const gone = (await json('DELETE', '/v1/delete', { model, force: true })) as { deleted_files: string[] }
    expect(gone.deleted_files).toEqual([join(modelsFolder, 'user/repo/Small-Q4_1.gguf')])
    expect(await json('GET', '/v1/models/loaded')).toEqual({ object: 'list', data: [] })
    expect((await ask('POST', '/v1/models/load', { model })).status).toBe(404)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)

interface Sized {
  readonly estimate: { readonly main_bytes: number }
}
