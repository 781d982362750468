import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Downloads } from '../downloads.ts'
import { createDownloads, type DownloadsOptions } from './create-downloads.ts'
import type { Patience } from './patience.ts'
import { sha256 } from './test-hub.ts'

/** A folder that a test has for itself from `begin` to `end`, and the downloads that it opens there. */
export function downloadsOfTests(patience: Patience) {
  const opened: Downloads[] = []
  const here = {
    async begin(): Promise<void> {
      here.folder = await mkdtemp(join(tmpdir(), 'hearth-downloads-'))
      here.models = join(here.folder, 'models')
    },
    /** Closes the downloads and removes the folder. */
    async end(): Promise<void> {
      for (const downloads of opened.splice(0)) await downloads.close()
      await rm(here.folder, { recursive: true })
    },
    folder: '',
    /** The models folder, which is not there before a download makes it. */
    models: '',
    /** Downloads from that hub, which `end` closes. */
    async open(hub: { readonly url: string }, change: Partial<DownloadsOptions> = {}): Promise<Downloads> {
      const downloads = await createDownloads({
        modelsDir: here.models,
        catalog: [],
        environment: { HF_ENDPOINT: hub.url },
        log: { info: () => {}, warn: () => {} },
        patience,
        ranges: { connections: 4, pieceBytes: 10_000 },
        ...change,
      })
      opened.push(downloads)
      return downloads
    },
    /** Paths of all files in the models folder. */
    async filesHere(): Promise<readonly string[]> {
      const entries = await readdir(here.models, { recursive: true, withFileTypes: true }).catch(() => [])
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(here.models.length + 1))
        .sort()
    },
    sumOf: async (name: string) => sha256(new Uint8Array(await readFile(join(here.models, name)))),
  }
  return here
}
