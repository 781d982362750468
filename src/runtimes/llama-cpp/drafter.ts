import { messageOf } from '../../core/errors.ts'
import type { AddonContext, AddonSampler } from './addon.ts'
import type { Run } from './run.ts'
import { isDivisible, rewind } from './sequence-memory.ts'
import { makeSlots, type Slot, sharedPrefix } from './slot.ts'
import { BatchCost } from './speculation/batch-cost.ts'
import { levelled, type Share, ubatchesOf } from './speculation/ubatches.ts'

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

/** A guess, and what the draft model has yet to read for it. */
interface Behind {
  readonly guess: Guess
  readonly unread: readonly number[]
}

const shareOf = ({ guess: { slot }, unread }: Behind): Share => ({ sequence: slot.sequence, tokens: unread.length })

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
    for (const part of this.#batches(behind)) {
      const batch = this.#levelled(part)
      const places = this.#fill(batch)
      await this.#decode(ubatchesOf(batch.map(shareOf)))
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
    await this.#decode([piece.length])
    slot.tokens.push(...piece)
    return false
  }

  async #decode(ubatches: readonly number[]) {
    const begunAt = performance.now()
    await this.#options.context.decodeBatch()
    this.cost.observeAll(ubatches, performance.now() - begunAt)
  }

  /**
   * All with as many tokens as the one that has the most, where that is cheaper: then they are decoded together. A run whose
   * last guess was refuted has one token to read, others have two; it reads the one before it again.
   */
  #levelled(batch: readonly Behind[]): readonly Behind[] {
    const shares = batch.map(shareOf)
    const ubatches = ubatchesOf(shares)
    if (ubatches.length < 2) return batch
    const even = levelled(shares)
    const most = even[0]?.tokens ?? 0
    const fits = batch.every(({ guess: { slot }, unread }) => {
      const again = most - unread.length
      return again === 0 || (again < slot.tokens.length && isDivisible(this.#options.context, slot))
    })
    if (!fits || most * batch.length > this.#options.batchSize) return batch
    if (this.cost.millisecondsOf(ubatchesOf(even)) >= this.cost.millisecondsOf(ubatches)) return batch
    return batch.map(({ guess, unread }) => {
      const again = this.#takeBack(guess.slot, most - unread.length)
      return { guess, unread: [...again, ...unread] }
    })
  }

  /** The last tokens of the slot, which holds them no more. */
  #takeBack(slot: Slot, count: number): number[] {
    if (count === 0) return []
    const taken = slot.tokens.splice(slot.tokens.length - count)
    this.#options.context.removeTokenCellsFromSequence(slot.sequence, slot.tokens.length, -1)
    return taken
  }

  /** Parts that fit into one batch together. */
  *#batches(parts: readonly Behind[]): Iterable<Behind[]> {
    let batch: Behind[] = []
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

  #fill(batch: readonly Behind[]): number[] {
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
