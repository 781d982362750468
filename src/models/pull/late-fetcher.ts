import type { RemoteModel } from '../downloads.ts'
import type { FetchCall, FetchedModel, ModelFetcher } from './jobs/fetch-model.ts'
import type { Reference } from './reference.ts'

/**
 * A fetcher that is made when there is something for it to do. Fetching is the largest part of what a server has, and most
 * servers never fetch: none should listen later for it.
 */
export class LateFetcher implements ModelFetcher {
  readonly #make: () => Promise<ModelFetcher>
  #made: Promise<ModelFetcher> | undefined

  constructor(make: () => Promise<ModelFetcher>) {
    this.#make = make
  }

  async fetch(call: FetchCall): Promise<FetchedModel> {
    return (await this.#fetcher()).fetch(call)
  }

  async inspect(model: string, reference: Reference, signal: AbortSignal): Promise<RemoteModel | undefined> {
    return (await this.#fetcher()).inspect(model, reference, signal)
  }

  async bytesOf(name: string): Promise<number> {
    return (await this.#fetcher()).bytesOf(name)
  }

  async discard(names: readonly string[]): Promise<void> {
    return (await this.#fetcher()).discard(names)
  }

  #fetcher(): Promise<ModelFetcher> {
    this.#made ??= this.#make()
    return this.#made
  }
}
