import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidParameter } from '../../core/errors.ts'
import { nameOfFile } from '../model-file.ts'
import { entryNamed } from './catalog-check.ts'
import type { DownloadsOptions } from './create-downloads.ts'
import type { FetchCall, FetchedModel, ModelFetcher } from './jobs/fetch-model.ts'
import { PartFile } from './part-file.ts'
import { pull } from './pull.ts'

/** Fetches what the catalog has. */
export class HubFetcher implements ModelFetcher {
  readonly #options: DownloadsOptions

  constructor(options: DownloadsOptions) {
    this.#options = options
  }

  async fetch({ request, reference, signal, onResolved, onState, onBytes }: FetchCall): Promise<FetchedModel> {
    if (reference.type !== 'catalog') throw invalidParameter('model', 'only names of the catalog can be fetched')
    const entry = entryNamed(this.#options.catalog, reference.id)
    const files = [{ name: entry.file }]
    onResolved({ resolved: entry.id, pinned: entry.id, modelId: entry.id ?? nameOfFile(entry.file), files })
    return pull({
      ...this.#options,
      entry: { ...entry, ...(request.sha256 && { sha256: request.sha256.toLowerCase() }) },
      signal,
      onProgress: ({ step, doneBytes, totalBytes }) => {
        onState(step === 'download' ? 'downloading' : 'converting')
        onBytes(0, doneBytes, totalBytes)
      },
    })
  }

  bytesOf(name: string): Promise<number> {
    return stat(`${join(this.#options.modelsDir, name)}.part`).then(
      ({ size }) => size,
      () => 0,
    )
  }

  async discard(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => new PartFile(join(this.#options.modelsDir, name)).remove()))
  }
}
