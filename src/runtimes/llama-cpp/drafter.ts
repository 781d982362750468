import { messageOf } from '../../core/errors.ts'
import type { AddonContext, AddonSampler } from './addon.ts'
import type { Run } from './run.ts'
import { rewind } from './sequence-memory.ts'
import { makeSlots, type Slot, sharedPrefix } from './slot.ts'
import { BatchCost } from './speculation/batch-cost.ts'

interface DrafterOptions {
  readonly context: AddonContext
  readonly contextSize: number
  readonly batchSize: number
  /** Makes a sampler that takes the likeliest token; one a slot. */
  readonly makeSampler: () => AddonSampler
  readonly slots: number
  /** Told once, when the draft model fails; generation goes on without it. */
  readonly onFailure: (problem: string) => void
}

/** A run that is to be guessed for. */
export interface DraftRequest {
  readonly run: Run
  /** Guesses, at most. */
  readonly most: number
}

/** A guess in the making. */
interface Guess {
  readonly run: Run
  readonly slot: Slot
  readonly most: number
  readonly tokens: number[]
}

/**
 * Guesses the next tokens of runs with a small model, in lock step as the large one works (speculative decoding,
 * arXiv:2211.17192). It reads what a run knows when it is asked to guess for it, and no sooner.
 */
export class Drafter {
  readonly #options: DrafterOptions
  readonly #slots: readonly Slot[]
  readonly #samplers: readonly AddonSampler[]
  /** What its batches cost. */
  readonly cost = new BatchCost()
  #hasFailed = false

  constructor(options: DrafterOptions) {
    this.#options = options
    this.#slots = makeSlots(options.slots)
    this.#samplers = this.#slots.map(() => options.makeSampler())
  }

  /** Tokens of the run that would have to be read first. Absent: it cannot guess for this one. */
  behind({ tokens, slot }: Run): number | undefined {
    const own = this.#slots[slot.sequence]
    if (!own || this.#hasFailed || tokens.length >= this.#options.contextSize - 1) return undefined
    return tokens.length - sharedPrefix(own.tokens, tokens)
  }

  /** Guesses for each. Never rejects: a failing draft model guesses nothing, from then on. */
  async guess(requests: readonly DraftRequest[]): Promise<Map<Run, readonly number[]>> {
    const begun = this.#hasFailed ? [] : requests.flatMap((request) => this.#begin(request) ?? [])
    const guesses: Guess[] = []
    try {
      // In the order of their sequences, or llama.cpp decodes them one after the other: see `planBatch`.
      begun.sort((a, b) => a.slot.sequence - b.slot.sequence)
      for (const guess of begun) if (await this.#hasCaughtUp(guess)) guesses.push(guess)
      let unfinished = await this.#advance(guesses)
      while (unfinished.length > 0) unfinished = await this.#advance(unfinished)
    } catch (error) {
      this.#hasFailed = true
      this.#options.onFailure(messageOf(error))
      return new Map()
    }
    return new Map(guesses.map(({ run, tokens }) => [run, tokens]))
  }

  #begin({ run, most }: DraftRequest): Guess | undefined {
    const slot = this.#slots[run.slot.sequence]
    const fitting = Math.min(most, this.#options.contextSize - run.tokens.length - 1)
    return slot && fitting > 0 ? { run, slot, most: fitting, tokens: [] } : undefined
  }

  /** One guess more for each, after reading what the draft model has not read yet. Answers those that go on. */
  async #advance(guesses: readonly Guess[]): Promise<Guess[]> {
    const behind = guesses.map((guess) => ({ guess, unread: this.#unread(guess) }))
    const goesOn: Guess[] = []
    for (const batch of this.#batches(behind)) {
      const places = this.#fill(batch)
      await this.#decode(batch.reduce((sum, { unread }) => sum + unread.length, 0))
      const chosen = await Promise.all(batch.map(({ guess }, index) => this.#choose(guess, places[index] ?? 0)))
      goesOn.push(...batch.filter((_, index) => chosen[index]).map(({ guess }) => guess))
    }
    return goesOn
  }

  #unread({ run, slot, tokens }: Guess): number[] {
    const all = [...run.tokens, ...tokens]
    return all.slice(rewind(this.#options.context, slot, all))
  }

  /**
   * True when one batch can hold what the draft model has not read yet. Otherwise reads a batch of it: a long prompt is
   * read over many steps, in which the large model goes on without guesses, and nobody waits for all of it.
   */
  async #hasCaughtUp(guess: Guess): Promise<boolean> {
    const { context, batchSize } = this.#options
    const { slot } = guess
    const unread = this.#unread(guess)
    if (unread.length <= batchSize) return true
    const piece = unread.slice(0, batchSize)
    context.initBatch(piece.length)
    context.addToBatch(slot.sequence, slot.tokens.length, Uint32Array.from(piece), new Uint32Array())
    await this.#decode(piece.length)
    slot.tokens.push(...piece)
    return false
  }

  async #decode(tokens: number) {
    const begunAt = performance.now()
    await this.#options.context.decodeBatch()
    this.cost.observe(tokens, performance.now() - begunAt)
  }

  /** Parts that fit into one batch together. */
  *#batches<T extends { readonly unread: readonly number[] }>(parts: readonly T[]): Iterable<T[]> {
    let batch: T[] = []
    let size = 0
    for (const part of parts) {
      if (size + part.unread.length > this.#options.batchSize) {
        yield batch
        batch = []
        size = 0
      }
      batch.push(part)
      size += part.unread.length
    }
    if (batch.length > 0) yield batch
  }

  #fill(batch: readonly { readonly guess: Guess; readonly unread: readonly number[] }[]): number[] {
    const { context } = this.#options
    context.initBatch(batch.reduce((sum, { unread }) => sum + unread.length, 0))
    return batch.map(({ guess: { slot }, unread }) => {
      const withLogits = Uint32Array.of(unread.length - 1)
      const [place] = context.addToBatch(slot.sequence, slot.tokens.length, Uint32Array.from(unread), withLogits)
      slot.tokens.push(...unread)
      return place ?? 0
    })
  }

  /**
   * True when another guess is to follow. How sure the draft model is nobody asks: the addon sorts the whole vocabulary
   * to say so, which takes half as long as a small model's decode.
   */
  async #choose(guess: Guess, place: number): Promise<boolean> {
    const sampler = this.#samplers[guess.slot.sequence]
    if (!sampler) return false
    const token = await this.#options.context.sampleToken(place, sampler)
    if (token < 0) return false
    guess.tokens.push(token)
    return guess.tokens.length < guess.most
  }
}
