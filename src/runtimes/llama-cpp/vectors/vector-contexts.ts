import type { AddonContext } from '../addon.ts'

/** What computes one input at a time: the addon reads the vector of a context's first sequence only. */
export interface VectorLane {
  /** For inputs of any length that the model takes. */
  readonly any: AddonContext
  /** For inputs of up to `mostTokens`, which it is faster with. */
  readonly short?: { readonly context: AddonContext; readonly mostTokens: number }
}

type Tokens = readonly number[]

/** The inputs of one request. */
interface Work {
  readonly inputs: readonly Tokens[]
  /** Places of inputs that nobody has begun, the longest one last. */
  readonly waiting: number[]
  readonly over: PromiseWithResolvers<void>
  /** Called with each input's place and its vector. */
  take(index: number, vector: Float64Array): void
  running: number
  failure?: { readonly reason: unknown }
}

/** Turns inputs into what their model pools their tokens into, with several lanes at once. */
export class VectorContexts {
  readonly #idle: VectorLane[]
  /** Requests that have inputs waiting; the one whose turn it is comes first. */
  readonly #turns: Work[] = []

  constructor(lanes: readonly VectorLane[]) {
    this.#idle = [...lanes]
  }

  /**
   * One result for each input, in their order. Requests take turns, an input each. Rejects with the signal's reason once
   * it aborts, and with the first error of a context; by then none of the inputs is being computed any more.
   */
  async each<T>(inputs: readonly Tokens[], signal: AbortSignal, use: (vector: Float64Array) => T): Promise<T[]> {
    signal.throwIfAborted()
    const results: T[] = new Array(inputs.length)
    const work: Work = {
      inputs,
      waiting: longestLast(inputs),
      over: Promise.withResolvers(),
      take: (index, vector) => {
        results[index] = use(vector)
      },
      running: 0,
    }
    const abort = () => this.#fail(work, signal.reason)
    signal.addEventListener('abort', abort)
    try {
      if (inputs.length > 0) this.#turns.push(work)
      this.#dispatch()
      this.#settle(work)
      await work.over.promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
    return results
  }

  #dispatch() {
    while (this.#idle.length > 0) {
      const work = this.#turns.shift()
      const index = work?.waiting.pop()
      if (!work || index === undefined) return
      if (work.waiting.length > 0) this.#turns.push(work)
      const lane = this.#idle.pop()
      if (lane) void this.#run(lane, work, index)
    }
  }

  async #run(lane: VectorLane, work: Work, index: number) {
    work.running++
    const vector = await compute(lane, work.inputs[index] ?? []).catch((reason) => this.#fail(work, reason))
    // The lane goes on with the next input before anything is made of the vector.
    this.#idle.push(lane)
    this.#dispatch()
    if (vector && !work.failure) work.take(index, vector)
    work.running--
    this.#settle(work)
  }

  #fail(work: Work, reason: unknown): undefined {
    work.failure ??= { reason }
    work.waiting.length = 0
    const at = this.#turns.indexOf(work)
    if (at >= 0) this.#turns.splice(at, 1)
    this.#settle(work)
  }

  #settle({ running, waiting, failure, over }: Work) {
    if (running > 0 || waiting.length > 0) return
    if (failure) over.reject(failure.reason)
    else over.resolve()
  }
}

/** The longest ones are begun first, so that the lanes end together. */
function longestLast(inputs: readonly Tokens[]): number[] {
  const length = (index: number) => inputs[index]?.length ?? 0
  return Array.from(inputs.keys()).sort((left, right) => length(left) - length(right) || right - left)
}

async function compute({ any, short }: VectorLane, tokens: Tokens): Promise<Float64Array> {
  const context = short && tokens.length <= short.mostTokens ? short.context : any
  const ids = Uint32Array.from(tokens)
  context.disposeSequence(0)
  context.initBatch(ids.length)
  context.addToBatch(
    0,
    0,
    ids,
    ids.map((_, index) => index),
  )
  await context.decodeBatch()
  return context.getEmbedding(ids.length)
}
