import type { RemoteModel } from '../downloads.ts'
import type { FetchCall, FetchedModel, ModelFetcher } from './jobs/fetch-model.ts'
import type { Reference } from './reference.ts'

/** Where a model of the catalog is already, wherever that may be. */
export type FindHere = (id: string) => Promise<{ readonly id: string; readonly path: string } | undefined>

/** Fetches no model of the catalog that is here already, as another program may have put it. Where a sum is asked for, it does. */
export class KnownFetcher implements ModelFetcher {
  readonly #fetcher: ModelFetcher
  readonly #findHere: FindHere

  constructor(fetcher: ModelFetcher, findHere: FindHere) {
    this.#fetcher = fetcher
    this.#findHere = findHere
  }

  async fetch(call: FetchCall): Promise<FetchedModel> {
    const { reference, request } = call
    const isCatalogued = reference.type === 'catalog' && request.sha256 === undefined
    const here = isCatalogued ? await this.#findHere(reference.id) : undefined
    if (!here || reference.type !== 'catalog') return this.#fetcher.fetch(call)
    call.onResolved({ resolved: reference.id, pinned: reference.id, modelId: here.id, files: [] })
    return { path: here.path, wasFetched: false }
  }

  inspect(model: string, reference: Reference, signal: AbortSignal): Promise<RemoteModel | undefined> {
    return this.#fetcher.inspect(model, reference, signal)
  }

  bytesOf(name: string): Promise<number> {
    return this.#fetcher.bytesOf(name)
  }

  discard(names: readonly string[]): Promise<void> {
    return this.#fetcher.discard(names)
  }
}
