import { messageOf } from '../../../core/errors.ts'
import type { AddonContext } from '../addon.ts'
import type { Run } from '../run.ts'
import { clear, isDivisible, rewind } from '../sequence-memory.ts'
import type { Slot } from '../slot.ts'
import { choosePreparation, type Holder } from './choose-preparation.ts'
import type { ReuseCosts } from './reuse-costs.ts'

interface SlotPreparerOptions {
  readonly context: AddonContext
  /** All that the context has, busy and free. */
  readonly slots: readonly Slot[]
  readonly costs: ReuseCosts
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

  constructor(options: SlotPreparerOptions) {
    this.#options = options
  }

  /**
   * Those of the runs that take part in the next batch; at least one, if there are any. Sets `cachedTokens` of each. To be
   * called only between two decodes, a decode after each call: some kinds of memory are one for all sequences, and what
   * is copied arrives at the beginning of the next decode.
   */
  async prepare(runs: readonly Run[]): Promise<readonly Run[]> {
    for (const run of runs) if (run.cachedTokens === undefined && !this.#isWaiting(run)) await this.#begin(run, runs)
    return runs.filter((run) => run.cachedTokens !== undefined)
  }

  #isWaiting(run: Run): boolean {
    const wait = this.#waits.get(run)
    if (!wait) return false
    const { reader, tokens } = wait
    return !reader.isEnded && reader.slot.tokens.length < tokens && this.#holderOf(reader.slot).isDivisible
  }

  async #begin(run: Run, runs: readonly Run[]) {
    const { context, costs } = this.#options
    if (run.wantsPromptChances) {
      clear(context, run.slot)
      run.cachedTokens = 0
      return
    }
    const prompt = run.tokens.slice(0, run.promptLength)
    const readers = new Map(runs.filter(isReader).map((reader) => [reader.slot.sequence, reader]))
    const choice = choosePreparation({
      prompt,
      own: this.#holderOf(run.slot),
      others: this.#options.slots
        .filter((slot) => slot !== run.slot)
        .map((slot) => this.#holderOf(slot, readers.get(slot.sequence))),
      costs,
      divisibleBelow: this.#divisibleBelow,
    })
    const reader = choice.type === 'wait' && readers.get(choice.sequence)
    if (reader) {
      this.#waits.set(run, { reader, tokens: choice.tokens })
      return
    }
    if (choice.type === 'copy') await this.#copy(run.slot, choice.sequence)
    run.cachedTokens = rewind(context, run.slot, prompt)
  }

  /** Without success the slot is empty. */
  async #copy(target: Slot, sequence: number) {
    const { context, slots } = this.#options
    const source = slots.find((slot) => slot.sequence === sequence)
    clear(context, target)
    if (!source) return
    try {
      await context.copySequenceStateFromOtherSequence(target.sequence, sequence)
      target.tokens = [...source.tokens]
    } catch (error) {
      console.error(`a prefix could not be copied, and is read again: ${messageOf(error)}`)
      clear(context, target)
    }
  }

  #holderOf(slot: Slot, reader?: Run): Holder {
    const canDivide = isDivisible(this.#options.context, slot)
    if (!canDivide && slot.tokens.length > 0)
      this.#divisibleBelow = Math.min(this.#divisibleBelow, slot.tokens.length)
    return { slot, isDivisible: canDivide, ...(reader && { reading: reader.tokens }) }
  }
}

/** Whoever wants the chances of its prompt reads slowly. */
const isReader = (run: Run) =>
  run.cachedTokens !== undefined && run.isReading && !run.isEnded && !run.isAborted && !run.wantsPromptChances
