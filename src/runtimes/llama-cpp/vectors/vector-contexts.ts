import type { AddonContext } from '../addon.ts'

/** Contexts that compute one decode at a time. */
export interface VectorLane {
  /** For inputs of any length that the model takes. */
  readonly any: AddonContext
  /** For decodes of up to `mostTokens`, which it is faster with. */
  readonly short?: { readonly context: AddonContext; readonly mostTokens: number }
}

/** How several inputs are computed in one decode. The contexts of all lanes have a sequence for each of them. */
export interface SharedDecodes {
  readonly mostInputs: number
  /** A decode of so many tokens is full: none is added to it, and an input of so many is alone in its decode. */
  readonly fullTokens: number
  /** The vectors of the first `count` sequences of the last decode. */
  readonly read: (context: AddonContext, count: number) => readonly Vector[]
}

export type Vector = Float32Array | Float64Array

type Tokens = readonly number[]

/** The inputs of one request. */
interface Work {
  readonly inputs: readonly Tokens[]
  /** Places of inputs that nobody has begun, the longest one last. */
  readonly waiting: number[]
  readonly over: PromiseWithResolvers<void>
  /** Called with each input's place and its vector. */
  take(index: number, vector: Vector): void
  running: number
  failure?: { readonly reason: unknown }
}

/** An input that is computed. */
interface Part {
  readonly work: Work
  readonly index: number
  readonly tokens: Tokens
}

/** Turns inputs into what their model pools their tokens into, with several lanes at once. */
export class VectorContexts {
  readonly #laneCount: number
  readonly #idle: VectorLane[]
  readonly #shared: SharedDecodes | undefined
  /** Requests that have inputs waiting; the one whose turn it is comes first. */
  readonly #turns: Work[] = []

  /** Without `shared` each decode has one input. */
  constructor(lanes: readonly VectorLane[], shared?: SharedDecodes) {
    this.#laneCount = lanes.length
    this.#idle = [...lanes]
    this.#shared = shared
  }

  /**
   * One result for each input, in their order. Requests take turns, an input each. Rejects with the signal's reason once
   * it aborts, and with the first error of a context; by then none of the inputs is being computed any more.
   */
  async each<T>(inputs: readonly Tokens[], signal: AbortSignal, use: (vector: Vector) => T): Promise<T[]> {
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
    const { mostInputs = 1, fullTokens = 0 } = this.#shared ?? {}
    // Not more than its share, so that the lanes end together.
    const share = Math.ceil(this.#waitingInputs(mostInputs * this.#laneCount).length / this.#laneCount)
    while (this.#turns.length > 0) {
      const lane = this.#idle.pop()
      if (!lane) return
      void this.#run(lane, this.#take(share, fullTokens))
    }
  }

  /** Inputs that nobody has begun, at most so many. */
  #waitingInputs(most: number): readonly Tokens[] {
    const found: Tokens[] = []
    for (const { waiting, inputs } of this.#turns)
      for (const index of waiting) {
        if (found.length === most) return found
        found.push(inputs[index] ?? [])
      }
    return found
  }

  /** The inputs of the next decode, at least one where one waits: in turn, until it is full. */
  #take(mostInputs: number, fullTokens: number): readonly Part[] {
    const parts: Part[] = []
    let sum = 0
    for (;;) {
      const work = this.#turns[0]
      const index = work?.waiting.at(-1)
      if (!work || index === undefined) return parts
      const tokens = work.inputs[index] ?? []
      if (parts.length > 0 && (parts.length >= mostInputs || Math.max(sum, tokens.length) >= fullTokens)) return parts
      this.#turns.shift()
      work.waiting.pop()
      if (work.waiting.length > 0) this.#turns.push(work)
      work.running++
      sum += tokens.length
      parts.push({ work, index, tokens })
    }
  }

  async #run(lane: VectorLane, parts: readonly Part[]) {
    const inputs = parts.map(({ tokens }) => tokens)
    const vectors = await compute(lane, inputs, this.#shared?.read).catch((reason) => {
      for (const { work } of parts) this.#fail(work, reason)
      return undefined
    })
    // The lane goes on with the next inputs before anything is made of the vectors.
    this.#idle.push(lane)
    this.#dispatch()
    for (const [place, { work, index }] of parts.entries()) {
      const vector = vectors?.[place]
      if (vector && !work.failure) work.take(index, vector)
      work.running--
      this.#settle(work)
    }
  }

  #fail(work: Work, reason: unknown) {
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

const sumOf = (inputs: readonly Tokens[]) => inputs.reduce((sum, { length }) => sum + length, 0)

async function compute(
  { any, short }: VectorLane,
  inputs: readonly Tokens[],
  read: SharedDecodes['read'] | undefined,
): Promise<readonly Vector[]> {
  const sum = sumOf(inputs)
  const context = short && sum <= short.mostTokens ? short.context : any
  for (const sequence of inputs.keys()) context.disposeSequence(sequence)
  context.initBatch(sum)
  for (const [sequence, tokens] of inputs.entries())
    context.addToBatch(sequence, 0, Uint32Array.from(tokens), Uint32Array.from(tokens.keys()))
  await context.decodeBatch()
  return read ? read(context, inputs.length) : [context.getEmbedding(sum)]
}
