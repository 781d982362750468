import type { AddonContext } from './addon.ts'
import { type BatchPart, isLongPrompt, planBatch, shortTokens, tokensIn } from './batch-plan.ts'
import { LongPromptTurns, type Others } from './long-prompt-turns.ts'
import type { SlotPreparer } from './prefix/slot-preparer.ts'
import { ReadingPatience } from './reading-patience.ts'
import type { Run } from './run.ts'
import { canTakeBack, clear, takeBack } from './sequence-memory.ts'
import type { Guesser } from './speculation/speculation.ts'

interface BatchLoopOptions {
  readonly context: AddonContext
  /** Tokens of one batch. */
  readonly batchSize: number
  readonly vocabularySize: number
  readonly preparer: SlotPreparer
  readonly guesser?: Guesser
  /** Called after a slot became free. */
  readonly onFree: () => void
}

/** Bytes of logits that one run may ask for in one batch. */
const logitBytes = 32 * 2 ** 20
/** How long new work that has announced itself is waited for. */
const arrivalMilliseconds = 20
/**
 * Beyond the first batch of a prompt a smaller one is read as fast, less a few percent: attention is most of the work by then.
 * Half of it is lost when it is given up, and each of its operations takes half as long, between which it can be.
 */
const deep = { tokens: 512, batchSize: 256 }
/** How long errands may keep the runs waiting before each batch; one that has begun is finished. */
const errandMilliseconds = 10

/**
 * Advances all runs in lock step: every batch holds the newest tokens of each run that generates and a piece of each
 * prompt that is being read, and all next tokens are chosen before the next batch begins. Between a decode's start and
 * its end no JavaScript of ours runs: it would take a core from ggml's threads, which wait for each other by spinning.
 */
export class BatchLoop {
  readonly #runs = new Set<Run>()
  readonly #options: BatchLoopOptions
  readonly #errands: (() => void)[] = []
  readonly #turns = new LongPromptTurns()
  #isWorking = false
  readonly #patience = new ReadingPatience()
  /** Whether the last batch was given up. */
  #hasStopped = false

  constructor(options: BatchLoopOptions) {
    this.#options = options
  }

  /** Takes part from the next batch on. */
  add(run: Run): void {
    this.#runs.add(run)
    if (!this.#isWorking) void this.#work()
  }

  /** Does a short work between two batches; at once when there are none. Rejects with what it throws. */
  between<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const errand = () => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      if (this.#isWorking) this.#errands.push(errand)
      else errand()
    })
  }

  /** Does a longer work if there is nothing to decode. What comes meanwhile waits for it, and `isWanted` says so. */
  async whileIdle(work: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      await work(() => this.#runs.size > 0 || this.#errands.length > 0)
    } finally {
      await this.#work()
    }
  }

  async #work() {
    this.#isWorking = true
    while (this.#sweep()) {
      if (this.#hasStopped) await this.#untilNew()
      this.#hasStopped = false
      const hasRun = this.#runErrands(performance.now() + errandMilliseconds)
      // A request that was just read takes part in the next batch, not in the one after it.
      if (hasRun) await turn()
      try {
        await this.#step()
      } catch (error) {
        this.#failAll(error)
      }
    }
    this.#isWorking = false
    this.#runErrands(Number.POSITIVE_INFINITY)
  }

  /** Answers whether there were any. */
  #runErrands(until: number): boolean {
    const count = this.#errands.length
    do this.#errands.shift()?.()
    while (this.#errands.length > 0 && performance.now() < until)
    return count > 0
  }

  /** After a batch was given up: what it was given up for is about to arrive. */
  async #untilNew() {
    const known = this.#runs.size
    const isAsBefore = () => this.#errands.length === 0 && this.#runs.size === known && ![...this.#runs].some(isAborted)
    for (const until = performance.now() + arrivalMilliseconds; isAsBefore() && performance.now() < until; )
      await turn()
  }

  /** Lets go of runs that ended or were aborted; false when none is left. */
  #sweep(): boolean {
    let freed = 0
    for (const run of this.#runs) {
      if (run.isAborted) run.end('aborted')
      if (run.isEnded && this.#runs.delete(run)) freed++
    }
    for (; freed > 0; freed--) this.#options.onFree()
    return this.#runs.size > 0
  }

  async #step() {
    const { batchSize, vocabularySize, preparer, guesser } = this.#options
    const runs = await preparer.prepare([...this.#runs])
    const guesses = guesser ? await guesser.guess(runs) : new Map<Run, number[]>()
    const tokensWithLogits = Math.max(1, Math.floor(logitBytes / (4 * vocabularySize)))
    const beside = (others: Others) => this.#turns.tokens(others, batchSize)
    const tokens = runs.every(isLongPrompt) ? this.#mostOfLong(runs) : batchSize
    const parts = planBatch(runs, guesses, { tokens, tokensWithLogits, beside })
    const places = this.#fill(parts)
    const begunAt = performance.now()
    if (!(await this.#decode(parts))) return
    const milliseconds = performance.now() - begunAt
    this.#noteTurn(runs, parts, milliseconds)
    for (const part of parts) part.run.slot.tokens.push(...part.tokens)
    // All of them, also when one is broken: a sampler that another thread is using must not be let go of.
    const chosen = await Promise.allSettled(
      parts.map((part, index) => this.#continue(part, places[index] ?? new Uint32Array())),
    )
    guesser?.learn(parts, milliseconds)
    for (const result of chosen) if (result.status === 'rejected') throw result.reason
  }

  #noteTurn(runs: readonly Run[], parts: readonly BatchPart[], milliseconds: number) {
    const tokens = tokensIn(parts.filter(({ run }) => isLongPrompt(run)))
    this.#turns.went({
      others: tokensIn(parts) - tokens,
      tokens,
      milliseconds,
      isWaiting: runs.some(isLongPrompt),
      hasBeginners: parts.some(({ run }) => run.isReading && !isLongPrompt(run)),
    })
  }

  /** Tokens of a batch of nothing but long prompts. */
  #mostOfLong(runs: readonly Run[]): number {
    const { batchSize, context } = this.#options
    const isDeep = runs.some(({ slot }) => slot.tokens.length >= deep.tokens)
    const most = isDeep && context.decodeUnlessKnocked ? deep.batchSize : batchSize
    return Math.min(batchSize, this.#patience.tokens, most)
  }

  /** False when the batch was given up for new work. Only one of nothing but long prompts is. */
  async #decode(parts: readonly BatchPart[]): Promise<boolean> {
    const { context } = this.#options
    const isLong =
      tokensIn(parts) >= shortTokens && parts.every(({ run }) => run.isReading && canTakeBack(context, run.slot))
    if (!isLong || !context.decodeUnlessKnocked || !this.#patience.mayStop) {
      await context.decodeBatch()
      this.#patience.went(isLong)
      return true
    }
    this.#hasStopped = !(await context.decodeUnlessKnocked())
    if (this.#hasStopped) {
      this.#patience.stopped()
      for (const { run } of parts) takeBack(context, run.slot)
    } else this.#patience.went(true)
    return !this.#hasStopped
  }

  #fill(parts: readonly BatchPart[]): Uint32Array[] {
    const { context } = this.#options
    context.initBatch(tokensIn(parts))
    return parts.map(({ run, tokens, guesses, firstWithLogits }) => {
      const all = Uint32Array.from([...tokens, ...guesses])
      const withLogits = Uint32Array.from(
        { length: all.length - firstWithLogits },
        (_, index) => firstWithLogits + index,
      )
      return context.addToBatch(run.slot.sequence, run.slot.tokens.length, all, withLogits)
    })
  }

  async #continue(part: BatchPart, places: Uint32Array) {
    const { run, guesses } = part
    run.expect(guesses)
    if (run.isAborted) return this.#keepGuesses(run, guesses)
    try {
      await this.#readOn(part, places)
    } catch (error) {
      // What is in memory is right all the same: nobody else has to suffer.
      run.fail(error)
    }
    if (run.isReading && !run.isEnded) run.reportReading()
    this.#keepGuesses(run, guesses)
  }

  /**
   * Looks at the logits after each token that has some, for as long as the tokens are those that are known: the chance of
   * the token that comes next, if it is known, and otherwise the choice of it.
   */
  async #readOn({ run, tokens, guesses, firstWithLogits }: BatchPart, places: Uint32Array) {
    const { context } = this.#options
    const from = run.slot.tokens.length - tokens.length
    const inBatch = [...tokens, ...guesses]
    for (const [index, place] of places.entries()) {
      const at = firstWithLogits + index
      if (inBatch[at] !== run.tokens[from + at]) return
      const next = from + at + 1
      if (next === run.tokens.length) await this.#choose(run, place)
      const token = run.tokens[next]
      if (run.isEnded || token === undefined) return
      if (run.chances) run.tell(next, await run.chances.read({ context, place, token }))
      if (run.isEnded) return
    }
  }

  async #choose(run: Run, place: number) {
    if (run.remaining <= 0) return run.end('length')
    const { context } = this.#options
    const rule = run.guide
    run.accept(await run.sampler.choose({ context, place, tokens: run.tokens, ...(rule && { rule }) }))
  }

  /** Guesses that turned out to be what is known stay in the slot; the others are taken back. */
  #keepGuesses(run: Run, guesses: readonly number[]) {
    const { slot } = run
    const right = run.settleGuesses()
    slot.tokens.push(...guesses.slice(0, right))
    if (right < guesses.length)
      this.#options.context.removeTokenCellsFromSequence(slot.sequence, slot.tokens.length, -1)
  }

  #failAll(error: unknown) {
    this.#options.preparer.failed()
    for (const run of this.#runs) {
      clear(this.#options.context, run.slot)
      run.fail(error)
    }
  }
}

const isAborted = (run: Run): boolean => run.isAborted

/** One turn of the event loop: whatever was about to happen has happened after it. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
