import type { AddonContext } from '../addon.ts'

/**
 * Contexts that turn one input after the other into what their model pools its tokens into. For models as small as
 * these, one thread each on many inputs is faster than many threads on one.
 */
export class VectorContexts {
  readonly #contexts: readonly AddonContext[]
  readonly #idle: AddonContext[]
  readonly #waiting: ((context: AddonContext) => void)[] = []

  /** Each works on one input at a time: the addon reads the vector of its first sequence only. */
  constructor(contexts: readonly AddonContext[]) {
    this.#contexts = contexts
    this.#idle = [...contexts]
  }

  /** One result for each input, in their order. Rejects with the signal's reason once it aborts. */
  async each<T>(
    inputs: readonly (readonly number[])[],
    signal: AbortSignal,
    use: (vector: Float64Array) => T,
  ): Promise<T[]> {
    const results: T[] = new Array(inputs.length)
    let next = 0
    const work = async () => {
      while (next < inputs.length) {
        const index = next++
        try {
          results[index] = use(await this.#one(inputs[index] ?? [], signal))
        } catch (error) {
          // Nobody wants the others any more.
          next = inputs.length
          throw error
        }
      }
    }
    await Promise.all(this.#contexts.map(work))
    return results
  }

  async #one(tokens: readonly number[], signal: AbortSignal): Promise<Float64Array> {
    signal.throwIfAborted()
    const context = this.#idle.pop() ?? (await new Promise<AddonContext>((resolve) => this.#waiting.push(resolve)))
    try {
      signal.throwIfAborted()
      context.disposeSequence(0)
      context.initBatch(tokens.length)
      const every = Uint32Array.from(tokens, (_, index) => index)
      context.addToBatch(0, 0, Uint32Array.from(tokens), every)
      await context.decodeBatch()
      return context.getEmbedding(tokens.length)
    } finally {
      const waiter = this.#waiting.shift()
      if (waiter) waiter(context)
      else this.#idle.push(context)
    }
  }
}
