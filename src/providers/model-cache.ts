import type { UpstreamModel } from '../core/provider.ts'
import type { World } from './world.ts'

/** Milliseconds for which a list is fresh, and for which it is better than none. */
const freshFor = 60_000
const usableFor = 3_600_000
/** Milliseconds for which a failure is told again instead of another question. */
const failureFor = 5000

/** The models of one provider, asked for when they are wanted and not known: by one request at a time. */
export class ModelCache {
  readonly #ask: () => Promise<readonly UpstreamModel[]>
  readonly #world: Pick<World, 'now'>
  #known: { readonly models: readonly UpstreamModel[]; readonly at: number } | undefined
  #failure: { readonly error: unknown; readonly at: number } | undefined
  #asking: Promise<readonly UpstreamModel[]> | undefined

  constructor(ask: () => Promise<readonly UpstreamModel[]>, world: Pick<World, 'now'>) {
    this.#ask = ask
    this.#world = world
  }

  /**
   * Fresh ones from memory; older ones too, while they are asked for anew. Rejects as the question does, with the signal's reason
   * once that aborts; the question goes on for whoever else waits for it.
   */
  async get(signal: AbortSignal): Promise<readonly UpstreamModel[]> {
    signal.throwIfAborted()
    const now = this.#world.now()
    const age = this.#known ? now - this.#known.at : Number.POSITIVE_INFINITY
    if (this.#known && age < freshFor) return this.#known.models
    const hasFailed = this.#failure !== undefined && now - this.#failure.at < failureFor
    if (this.#known && age < usableFor) {
      if (!hasFailed) this.#refresh().catch(() => {})
      return this.#known.models
    }
    if (hasFailed) throw this.#failure?.error
    return await raced(this.#refresh(), signal)
  }

  #refresh(): Promise<readonly UpstreamModel[]> {
    this.#asking ??= this.#ask()
      .then(
        (models) => {
          this.#known = { models, at: this.#world.now() }
          this.#failure = undefined
          return models
        },
        (error: unknown) => {
          this.#failure = { error, at: this.#world.now() }
          throw error
        },
      )
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }
}

async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const stop = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
