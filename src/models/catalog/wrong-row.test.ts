import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DownloadView } from '../downloads.ts'
import { createDownloads } from '../pull/create-downloads.ts'
import { makeModel } from '../pull/test-model.ts'
import { startTestRepository } from '../pull/test-repository.ts'
import type { CatalogEntry } from './catalog-entry.ts'

test('a size of the catalog that is wrong costs nothing, and a file or repository that is gone is a 404 that names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-catalog-'))
  await using hub = await startTestRepository({ files: { 'Model-Q4_0.gguf': await makeModel() } })
  const row = (id: string, repository: string, file: string, sizeBytes: number): CatalogEntry => ({
    ...{ id, kind: 'chat', file: `${id}.gguf`, sizeBytes },
    sources: [{ type: 'hugging-face', repository, file }],
  })
  const downloads = await createDownloads({
    modelsDir: folder,
    catalog: [
      row('small', 'user/repo', 'Model-Q4_0.gguf', 7),
      row('large', 'user/repo', 'Model-Q4_0.gguf', 2 ** 40),
      row('renamed', 'user/repo', 'Model-q4_0.gguf', 1000),
      row('moved', 'user/gone', 'Model-Q4_0.gguf', 1000),
    ],
    environment: { HF_ENDPOINT: hub.url },
    log: { info() {}, warn() {} },
    checkModel: async () => undefined,
    patience: { connect: 2000, stall: 150, retry: 1, longestRetry: 5000, attempts: 3 },
  })
  try {
    const pull = async (model: string): Promise<DownloadView> => {
      let view = await downloads.start({ model })
      for await (view of downloads.watch(view.id, new AbortController().signal));
      return view
    }
    for (const id of ['small', 'large']) expect(await pull(id), id).toMatchObject({ state: 'done', wasFetched: true })
    for (const [id, place] of [
      ['renamed', 'user/repo'],
      ['moved', 'user/gone'],
    ] as const) {
      const { state, error } = await pull(id)
      expect([state, error?.code, error?.status], id).toEqual(['failed', 'model_source_not_found', 404])
      expect(error?.message, id).toContain(place)
    }
  } finally {
    await downloads.close()
    await rm(folder, { recursive: true })
  }
})
