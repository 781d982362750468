import type { AddonContext } from './addon.ts'
import { type BatchPart, planBatch } from './batch-plan.ts'
import type { Drafter } from './drafter.ts'
import type { Run } from './run.ts'
import { clear, rewind } from './sequence-memory.ts'

interface BatchLoopOptions {
  readonly context: AddonContext
  /** Tokens of one batch. */
  readonly batchSize: number
  readonly drafter?: Drafter
  /** Called after a slot became free. */
  readonly onFree: () => void
}

/**
 * Advances all runs in lock step: every batch holds a token of each run that generates and a piece of each prompt that
 * is being read, and all next tokens are chosen before the next batch begins. Between a decode's start and its end no
 * JavaScript of ours runs: it would take a core from ggml's threads, which wait for each other by spinning.
 */
export class BatchLoop {
  readonly #runs = new Set<Run>()
  readonly #options: BatchLoopOptions
  readonly #errands: (() => void)[] = []
  #isWorking = false

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

  async #work() {
    this.#isWorking = true
    while (this.#sweep()) {
      this.#runErrands()
      try {
        await this.#step()
      } catch (error) {
        this.#failAll(error)
      }
    }
    this.#isWorking = false
    this.#runErrands()
  }

  #runErrands() {
    for (const errand of this.#errands.splice(0)) errand()
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
    const { context, batchSize, drafter } = this.#options
    const runs = [...this.#runs]
    // Only here, between two decodes: some kinds of memory are one for all sequences, and a decode is writing to them.
    for (const run of runs) run.cachedTokens ??= rewind(context, run.slot, run.tokens)
    const guesses = drafter ? await drafter.guess(runs) : new Map<Run, number[]>()
    const parts = planBatch(runs, guesses, batchSize)
    const places = this.#fill(parts)
    await context.decodeBatch()
    for (const part of parts) part.run.slot.tokens.push(...part.tokens)
    // All of them, also when one fails: a sampler that another thread is using must not be disposed of.
    const chosen = await Promise.allSettled(
      parts.map((part, index) => this.#choose(part, places[index] ?? new Uint32Array())),
    )
    for (const result of chosen) if (result.status === 'rejected') throw result.reason
  }

  #fill(parts: readonly BatchPart[]): Uint32Array[] {
    const { context } = this.#options
    context.initBatch(parts.reduce((sum, part) => sum + part.tokens.length + part.guesses.length, 0))
    return parts.map(({ run, tokens, guesses, isComplete }) => {
      const all = Uint32Array.from([...tokens, ...guesses])
      const firstWithLogits = isComplete ? tokens.length - 1 : all.length
      const withLogits = Uint32Array.from(
        { length: all.length - firstWithLogits },
        (_, index) => firstWithLogits + index,
      )
      return context.addToBatch(run.slot.sequence, run.slot.tokens.length, all, withLogits)
    })
  }

  /** Chooses the next token, and goes on through the guesses for as long as they are what was chosen anyway. */
  async #choose({ run, guesses, isComplete }: BatchPart, places: Uint32Array) {
    if (!isComplete) return run.isAborted ? undefined : run.reportReading()
    const { context } = this.#options
    let accepted = 0
    // The sweep ends a run that was aborted; what was just computed for it stays in the slot's cache, but not the guesses.
    for (const place of run.isAborted ? [] : places) {
      const token = await context.sampleToken(place, run.sampler)
      const isGuess = token === guesses[accepted]
      if (isGuess) {
        accepted++
        run.slot.tokens.push(token)
      }
      run.accept(token)
      if (!isGuess || run.isEnded) break
    }
    run.drafted += guesses.length
    run.accepted += accepted
    if (accepted < guesses.length) context.removeTokenCellsFromSequence(run.slot.sequence, run.slot.tokens.length, -1)
  }

  #failAll(error: unknown) {
    for (const run of this.#runs) {
      clear(this.#options.context, run.slot)
      run.fail(error)
    }
  }
}
