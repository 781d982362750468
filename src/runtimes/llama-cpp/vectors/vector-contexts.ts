import type { AddonContext } from '../addon.ts'
import { tokensOfNextDecode } from './decode-share.ts'

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
  /** A decode of so many tokens is full. An input of so many is alone in its decode. */
  readonly fullTokens: number
  /** No decode of several inputs has more. */
  readonly mostTokens: number
  /** The vectors of the first `count` sequences of the last decode. */
  readonly read: (context: AddonContext, count: number) => readonly Vector[]
}

/** How an input is computed that is the only one of this process. */
export interface LoneDecodes {
  /** A longer input is computed like any other. */
  readonly mostTokens: number
  /** As `decodeBatch`, with all that the machine has, unless somebody else needs it or `isAlone` says no by then. */
  readonly decode: (context: AddonContext, tokens: number, isAlone: () => boolean) => Promise<void>
}

interface VectorContextsOptions {
  /** Absent: each decode has one input. */
  readonly shared?: SharedDecodes | undefined
  /** Absent: a lane computes it. */
  readonly lone?: LoneDecodes | undefined
  /** Milliseconds. */
  readonly now?: () => number
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

/** A decode that is under way. */
interface Running {
  readonly tokens: number
  readonly startedAt: number
}

/** So many full decodes of each lane are looked at to decide what the next one has: further ones make no difference. */
const foresight = 8

/** Turns inputs into what their model pools their tokens into, with several lanes at once. */
export class VectorContexts {
  readonly #laneCount: number
  readonly #idle: VectorLane[]
  readonly #shared: SharedDecodes | undefined
  readonly #lone: LoneDecodes | undefined
  readonly #now: () => number
  /** Requests that have inputs waiting; the one whose turn it is comes first. */
  readonly #turns: Work[] = []
  readonly #running = new Set<Running>()
  /** Of the decode that ended last. */
  #tokensPerMillisecond = 0

  constructor(
    lanes: readonly VectorLane[],
    { shared, lone, now = () => performance.now() }: VectorContextsOptions = {},
  ) {
    this.#laneCount = lanes.length
    this.#idle = [...lanes]
    this.#shared = shared
    this.#lone = lone
    this.#now = now
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
    while (this.#turns.length > 0) {
      const lane = this.#idle.pop()
      if (!lane) return
      void this.#run(lane, this.#take())
    }
  }

  /** The inputs of the next decode, at least one where one waits: in turn, as many as its lane should have. */
  #take(): readonly Part[] {
    const { mostInputs = 1, fullTokens = 0, mostTokens = 0 } = this.#shared ?? {}
    const target = this.#shared ? this.#target(this.#shared) : 0
    const parts: Part[] = []
    let sum = 0
    for (;;) {
      const work = this.#turns[0]
      const index = work?.waiting.at(-1)
      if (!work || index === undefined) return parts
      const tokens = work.inputs[index] ?? []
      const { length } = tokens
      const isLong = Math.max(length, parts[0]?.tokens.length ?? 0) >= fullTokens
      const isEnough = parts.length >= mostInputs || sum + length / 2 >= target || sum + length > mostTokens
      if (parts.length > 0 && (isLong || isEnough)) return parts
      this.#turns.shift()
      work.waiting.pop()
      if (work.waiting.length > 0) this.#turns.push(work)
      work.running++
      sum += length
      parts.push({ work, index, tokens })
    }
  }

  /** Tokens that the next decode should have. */
  #target({ fullTokens: full }: SharedDecodes): number {
    const lanes = this.#laneCount
    const now = this.#now()
    let running = 0
    for (const { tokens, startedAt } of this.#running)
      running += Math.max(0, tokens - (now - startedAt) * this.#tokensPerMillisecond)
    return tokensOfNextDecode({ waiting: this.#waitingTokens(foresight * lanes * full), running, lanes, full })
  }

  /** Of inputs that nobody has begun; not all of them where there are more than so many. */
  #waitingTokens(most: number): number {
    let sum = 0
    for (const { waiting, inputs } of this.#turns)
      for (const index of waiting) {
        sum += inputs[index]?.length ?? 0
        if (sum >= most) return sum
      }
    return sum
  }

  async #run(lane: VectorLane, parts: readonly Part[]) {
    const inputs = parts.map(({ tokens }) => tokens)
    const vectors = await this.#compute(lane, inputs).catch((reason) => {
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

  async #compute({ any, short }: VectorLane, inputs: readonly Tokens[]): Promise<readonly Vector[]> {
    const sum = sumOf(inputs)
    const context = short && sum <= short.mostTokens ? short.context : any
    const running = { tokens: sum, startedAt: this.#now() }
    this.#running.add(running)
    try {
      for (const sequence of inputs.keys()) context.disposeSequence(sequence)
      context.initBatch(sum)
      for (const [sequence, tokens] of inputs.entries())
        context.addToBatch(sequence, 0, Uint32Array.from(tokens), Uint32Array.from(tokens.keys()))
      const isAlone = () => this.#running.size === 1 && this.#turns.length === 0
      if (this.#lone && inputs.length === 1 && sum <= this.#lone.mostTokens && isAlone())
        await this.#lone.decode(context, sum, isAlone)
      else await context.decodeBatch()
    } finally {
      this.#running.delete(running)
    }
    this.#tokensPerMillisecond = sum / Math.max(0.001, this.#now() - running.startedAt)
    return this.#shared ? this.#shared.read(context, inputs.length) : [context.getEmbedding(sum)]
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
