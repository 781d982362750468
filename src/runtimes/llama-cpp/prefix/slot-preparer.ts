import { messageOf } from '../../../core/errors.ts'
import type { AddonContext } from '../addon.ts'
import type { Run } from '../run.ts'
import { clear, isDivisible, rewind } from '../sequence-memory.ts'
import { type Slot, type SlotTerms, sharedPrefix } from '../slot.ts'
import { choosePreparation, type Holder, usableTokens } from './choose-preparation.ts'
import type { ReuseCosts } from './reuse-costs.ts'
import type { StateStore } from './state-store.ts'

interface SlotPreparerOptions {
  readonly context: AddonContext
  /** All that the context has, busy and free. */
  readonly slots: readonly Slot[]
  readonly costs: ReuseCosts
  /** Where states go that a slot is about to lose. Absent: they are lost. */
  readonly states?: StateStore
}

/** A run that lets another one read the prefix that both have. */
interface Wait {
  readonly reader: Run
  readonly tokens: number
}

/**
 * Gives each run that begins a slot that holds as much of its prompt as can be had cheaper than by reading. A prefix that
 * several runs share is read once: the others wait for it, and copy it.
 */
export class SlotPreparer {
  readonly #options: SlotPreparerOptions
  readonly #waits = new WeakMap<Run, Wait>()
  #divisibleBelow = Number.POSITIVE_INFINITY
  /** Sequences of copies that have not arrived: nothing may be put there by any other way than reading. */
  readonly #copying = new Set<number>()
  #hasFailed = false

  constructor(options: SlotPreparerOptions) {
    this.#options = options
  }

  /** What the choice of a slot for a prompt depends on. */
  termsOf(prompt: readonly number[]): SlotTerms {
    const { costs, states } = this.#options
    return { copy: costs.copy, saved: states?.best(prompt)?.tokens ?? 0, isKept: states !== undefined }
  }

  /**
   * Those of the runs that take part in the next batch; at least one, if there are any. Sets `cachedTokens` of each. To be
   * called only between two decodes, a decode after each call: some kinds of memory are one for all sequences, and what
   * is copied arrives at the beginning of the next decode. If there was none, call `failed` before the next time.
   */
  async prepare(runs: readonly Run[]): Promise<readonly Run[]> {
    if (!this.#hasFailed) this.#copying.clear()
    this.#hasFailed = false
    for (const run of runs) if (run.cachedTokens === undefined && !this.#isWaiting(run)) await this.#begin(run, runs)
    return runs.filter((run) => run.cachedTokens !== undefined)
  }

  /** The batch after the last `prepare` went wrong, and it is not known how far it came. */
  failed(): void {
    this.#hasFailed = true
  }

  /** Keeps what the slots hold, one after the other, for as long as that is worth it and nobody wants to go on. */
  async keepAll(isWanted: () => boolean): Promise<void> {
    if (this.#hasFailed) return
    for (const slot of this.#options.slots) if (!isWanted()) await this.#keep(slot, 0)
  }

  #isWaiting(run: Run): boolean {
    const wait = this.#waits.get(run)
    if (!wait) return false
    const { reader, tokens } = wait
    return !reader.isEnded && reader.slot.tokens.length < tokens && this.#holderOf(reader.slot).isDivisible
  }

  async #begin(run: Run, runs: readonly Run[]) {
    const { context, slots, costs, states } = this.#options
    const { slot } = run
    const prompt = run.tokens.slice(0, run.promptLength)
    if (run.wantsPromptChances) {
      await this.#keep(slot, 0)
      clear(context, slot)
      run.cachedTokens = 0
      return
    }
    const readers = new Map(runs.filter(isReader).map((reader) => [reader.slot.sequence, reader]))
    // Not into a slot that is being copied: the copy would come after it.
    const saved = this.#copying.has(slot.sequence) ? undefined : states?.best(prompt)
    const own = this.#holderOf(slot)
    const choice = choosePreparation({
      prompt,
      own,
      others: slots
        .filter((other) => other !== slot)
        .map((other) => this.#holderOf(other, readers.get(other.sequence))),
      saved: saved?.tokens ?? 0,
      costs,
      divisibleBelow: this.#divisibleBelow,
    })
    const reader = choice.type === 'wait' && readers.get(choice.sequence)
    if (reader) {
      this.#waits.set(run, { reader, tokens: choice.tokens })
      return
    }
    await this.#keep(slot, usableTokens(own, prompt))
    if (choice.type === 'restore' && saved) await states?.restore(slot, saved.state)
    if (choice.type === 'copy') await this.#copy(slot, choice.sequence)
    run.cachedTokens = rewind(context, slot, prompt)
  }

  /** Before a slot loses all but its first `kept` tokens. */
  async #keep(slot: Slot, kept: number) {
    const { slots, costs, states } = this.#options
    const { length } = slot.tokens
    if (!states || length - kept < costs.leastSaved) return
    const others = slots.filter((other) => other !== slot)
    const elsewhere = Math.max(0, ...others.map(({ tokens }) => sharedPrefix(tokens, slot.tokens)))
    if (length - Math.max(elsewhere, states.covered(slot.tokens)) >= costs.leastSaved) await states.save(slot)
  }

  /** Without success the slot is empty. */
  async #copy(target: Slot, sequence: number) {
    const { context, slots } = this.#options
    const source = slots.find((slot) => slot.sequence === sequence)
    clear(context, target)
    if (!source) return
    try {
      this.#copying.add(target.sequence).add(sequence)
      await context.copySequenceStateFromOtherSequence(target.sequence, sequence)
      target.tokens = [...source.tokens]
    } catch (error) {
      console.error(`a prefix could not be copied, and is read again: ${messageOf(error)}`)
      clear(context, target)
    }
  }

  #holderOf(slot: Slot, reader?: Run): Holder {
    const canDivide = isDivisible(this.#options.context, slot)
    if (!canDivide && slot.tokens.length > 0) this.#divisibleBelow = Math.min(this.#divisibleBelow, slot.tokens.length)
    return { slot, isDivisible: canDivide, ...(reader && { reading: reader.tokens }) }
  }
}

/** Whoever wants the chances of its prompt reads slowly. */
const isReader = (run: Run) =>
  run.cachedTokens !== undefined && run.isReading && !run.isEnded && !run.isAborted && !run.wantsPromptChances
