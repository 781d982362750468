import type { BatchCost } from './batch-cost.ts'
import { chooseGuesses, type Prospect } from './choose-guesses.ts'
import { type DraftProspect, planDraft, usuallyBehind } from './draft-plan.ts'
import { Ledger } from './ledger.ts'

/** The share of time that may be lost in trying whether guesses pay. */
const trialShare = 0.006
/** Guesses must be expected to bring this much more than none: neither costs nor chances are known exactly. */
const leastGain = 1.05
/**
 * Some batches go without guesses, so that what they cost stays known: more often when little is won, since then it
 * matters more and costs less.
 */
const plainShare = 0.01
const batchesBetweenPlain = { least: 4, most: 64 }
/** Where the cost of a size is in doubt, guesses are hoped to cost this share of it. */
const hopedPrice = 0.05
/** A draft model that does not pay is tried again after so many batches, with so many guesses. */
const batchesBetweenDraftTrials = 200
const draftTrialDepth = 3
/**
 * A draft model of which nothing is known yet is tried at once, if it may pay when always right and costs are a little
 * lower than they seem, and if it has to read no more first than takes this share of what is left of the answer.
 */
const firstTrials = { leastGain: 0.9, readingShare: 0.05 }
/** What the draft model is to read first must be expected to pay so many times over. */
const leastReturn = 1.5

/** One run that generates. */
export interface RunView extends Prospect {
  /** Absent: no draft model guesses for it. */
  readonly draft?: DraftProspect
}

/** A batch as it is before anything is guessed. */
export interface View {
  /** Tokens of the runs that generate. */
  readonly tokens: number
  /** Guesses of all runs, at most. */
  readonly most: number
  readonly runs: readonly RunView[]
}

/** What each run gets, in the order of the view. */
export interface Plan {
  /** Guesses that were looked up. */
  readonly lookups: readonly number[]
  /** Guesses that the draft model is to make, at most. */
  readonly drafts: readonly number[]
  /** Whether the draft model is only tried. */
  readonly isDraftTrial: boolean
}

/** How a batch went that no prompt was read in. */
interface Outcome {
  /** In the batch, guesses included. */
  readonly tokens: number
  /** Tokens that the batch would have had without guesses, and for how many runs. */
  readonly plainTokens: number
  readonly writers: number
  /** How many choices of the model were made, one a run at least. */
  readonly choices: number
  readonly milliseconds: number
  /** That went into guessing before the batch. */
  readonly guessMilliseconds: number
}

/**
 * Decides how many guesses each run of a batch gets, so that the batch brings the most tokens a millisecond: from what
 * batches of each size were measured to cost, and how likely the guesses are right. Pure: it is told the time.
 */
export class SpeculationController {
  readonly #ledger = new Ledger(trialShare)
  readonly #cost: BatchCost
  readonly #draftCost: BatchCost | undefined
  #sincePlain = 0
  #sinceDraft = 0

  /** The costs of the model's batches and of its draft model's. */
  constructor(cost: BatchCost, draftCost?: BatchCost) {
    this.#cost = cost
    this.#draftCost = draftCost
  }

  plan(view: View): Plan {
    const none = noGuesses(view.runs)
    // What a batch costs without guesses must be known first.
    if (!this.#cost.isKnown || view.runs.every(({ chances, draft }) => chances.length === 0 && !draft)) return none
    // What is far from everything that was measured is approached in steps.
    const most = Math.min(view.most, 2 * Math.max(this.#cost.largest, view.tokens + 1) - view.tokens)
    const plain = this.#cost.milliseconds(view.tokens)
    const { plan, won } = this.#best({ ...view, most }, plain)
    const pays = won > leastGain && this.#ledger.isSolvent
    this.#sinceDraft++
    if (pays && this.#sincePlain >= mostSincePlain(won)) return none
    const chosen = pays ? plan : none
    if (chosen.drafts.some((depth) => depth > 0)) this.#sinceDraft = 0
    const trial = this.#trial({ ...view, most }, pays ? won : 1)
    return trial ? { ...none, lookups: trial } : (this.#draftTrial(view, chosen) ?? chosen)
  }

  /** The plan that is expected to bring the most, and how many times as much as no guesses at all. */
  #best(view: View, plain: number): { readonly plan: Plan; readonly won: number } {
    const writers = view.runs.length
    const none = { plan: noGuesses(view.runs), won: 1 }
    const all = this.#withDraft(view, view.runs, plain)
    // Where the draft model is surer than what was looked up, it may guess instead.
    const surest = view.runs.map((run) => (surerBy(run) ? { ...run, chances: [] } : run))
    const plans = view.runs.some(surerBy) ? [all, this.#withDraft(view, surest, plain)] : [all]
    return plans.reduce<typeof none>((best, { lookup, draft, drafts }) => {
      const won = (draft.gain * plain) / (writers * draft.cost)
      return won > best.won ? { plan: { lookups: lookup.counts, drafts, isDraftTrial: false }, won } : best
    }, none)
  }

  #withDraft(view: View, runs: readonly RunView[], plain: number) {
    const costOf = (guesses: number) => this.#cost.milliseconds(view.tokens + guesses)
    const lookup = chooseGuesses(runs, { writers: runs.length, costOf, most: view.most })
    const without = { lookup, draft: lookup, drafts: runs.map(() => 0) }
    const draftCost = this.#draftCost
    if (!draftCost) return without
    const open = runs.flatMap(({ draft }, run) => (draft && (lookup.counts[run] ?? 0) === 0 ? [{ run, draft }] : []))
    const draftCostOf = (tokens: number) => (draftCost.isKnown ? draftCost.milliseconds(tokens) : 0.2 * plain * tokens)
    const draft = planDraft({
      base: lookup,
      costOf,
      draftCostOf,
      most: view.most,
      prospects: open.map((each) => each.draft),
    })
    const drafts = runs.map(() => 0)
    const saved = lookup.cost / lookup.gain - draft.cost / draft.gain
    for (const index of draft.runs) {
      const each = open[index]
      if (each && this.#mayRead(each.draft, { saved, plain, draftCostOf })) drafts[each.run] = draft.depth
    }
    return drafts.some((depth) => depth > 0) ? { lookup, draft, drafts } : without
  }

  /** Whether it is worth while that the draft model reads what it has not read. `saved`: milliseconds a token. */
  #mayRead({ behind, horizon }: DraftProspect, { saved, plain, draftCostOf }: Reading): boolean {
    if (behind <= usuallyBehind) return true
    const cost = draftCostOf(behind)
    return saved * horizon >= leastReturn * cost && this.#ledger.canInvest(cost / plain)
  }

  /** Guesses that would pay better than what is known to, if they cost less than they may; as far as trying is allowed. */
  #trial({ tokens, runs, most }: View, won: number): readonly number[] | undefined {
    const writers = runs.length
    const plain = this.#cost.milliseconds(tokens)
    const hoped = (guesses: number) => {
      const price = 1 - (1 - hopedPrice) * (guesses > 0 ? this.#cost.doubt(tokens + guesses) : 0)
      return plain + price * (this.#cost.milliseconds(tokens + guesses) - plain)
    }
    const { counts, total, gain, cost } = chooseGuesses(runs, { writers, costOf: hoped, most })
    if (total === 0 || gain * plain <= leastGain * won * writers * cost) return undefined
    const loss = this.#cost.milliseconds(tokens + total) / plain - gain / writers / won
    return this.#ledger.canTry(loss) ? counts : undefined
  }

  /**
   * Has the draft model guess for one run where it is not expected to pay: when nothing is known of it, and then now and
   * then, since texts and machines change.
   */
  #draftTrial(view: View, chosen: Plan): Plan | undefined {
    const draftCost = this.#draftCost
    if (!draftCost?.isKnown || chosen.drafts.some((depth) => depth > 0)) return undefined
    const behind = view.runs.map(({ draft }, run) => (chosen.lookups[run] ? Infinity : (draft?.behind ?? Infinity)))
    const least = Math.min(...behind)
    const index = behind.indexOf(least)
    const draft = view.runs[index]?.draft
    if (least === Infinity || !draft) return undefined
    if (!this.#isWorthFirstTrial(view, draft, draftCost)) {
      if (this.#sinceDraft < batchesBetweenDraftTrials) return undefined
      const drafting = draftCost.milliseconds(least) + draftTrialDepth * draftCost.milliseconds(1)
      const plain = this.#cost.milliseconds(view.tokens)
      const loss = drafting + this.#cost.milliseconds(view.tokens + draftTrialDepth) - plain
      if (!this.#ledger.canTry(loss / plain)) return undefined
      // Not counted as done before it has caught up.
      if (least <= usuallyBehind) this.#sinceDraft = 0
    }
    const drafts = view.runs.map((_, run) => (run === index ? draftTrialDepth : 0))
    return { ...chosen, drafts, isDraftTrial: true }
  }

  #isWorthFirstTrial({ tokens, runs }: View, draft: DraftProspect, draftCost: BatchCost): boolean {
    if (!draft.isUntried) return false
    const plain = this.#cost.milliseconds(tokens)
    const reading = draftCost.milliseconds(draft.behind)
    if (draft.behind > usuallyBehind && reading > firstTrials.readingShare * draft.horizon * plain) return false
    const right = draft.chances.slice(0, draftTrialDepth)
    const gain = runs.length + right.reduce((sum, chance) => sum + chance, 0)
    const cost = this.#cost.milliseconds(tokens + draftTrialDepth) + (draftTrialDepth + 1) * draftCost.milliseconds(1)
    const loss = (reading + cost - plain) / plain
    return gain * plain > firstTrials.leastGain * runs.length * cost && this.#ledger.canInvest(loss)
  }

  /** Takes how the batch went. */
  learn({ tokens, plainTokens, writers, choices, milliseconds, guessMilliseconds }: Outcome): void {
    const hasGuessed = tokens > plainTokens || guessMilliseconds > 0
    this.#sincePlain = hasGuessed ? this.#sincePlain + 1 : 0
    this.#cost.observe(tokens, milliseconds)
    const spent = (milliseconds + guessMilliseconds) / this.#cost.milliseconds(plainTokens)
    this.#ledger.enter(spent, hasGuessed ? choices / writers - spent : 0)
  }
}

interface Reading {
  readonly saved: number
  readonly plain: number
  readonly draftCostOf: (tokens: number) => number
}

const noGuesses = (runs: readonly RunView[]): Plan => ({
  lookups: runs.map(() => 0),
  drafts: runs.map(() => 0),
  isDraftTrial: false,
})

const surerBy = ({ chances, draft }: RunView): boolean => (draft?.chances[0] ?? 0) > (chances[0] ?? 1)

const mostSincePlain = (won: number): number =>
  Math.max(batchesBetweenPlain.least, Math.min(batchesBetweenPlain.most, (won - 1) / plainShare))
