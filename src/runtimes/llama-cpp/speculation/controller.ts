import type { BatchCost } from './batch-cost.ts'
import { type Layout, type LayoutRun, layoutsOf } from './batch-layout.ts'
import { chooseGuesses, type Prospect } from './choose-guesses.ts'
import { type Draftable, type DraftPlan, type DraftProspect, planDraft, sum, usuallyBehind } from './draft-plan.ts'
import { Ledger } from './ledger.ts'
import { type Share, ubatchesOf } from './ubatches.ts'

/** The share of time that may be lost in trying whether guesses pay. */
const trialShare = 0.006
/** Guesses must be expected to bring this much more than none: neither costs nor chances are known exactly. */
const leastGain = 1.05
/**
 * Those of a draft model more: it has to read each prompt first, and its own time is known no better than the rest. Beside
 * others more again: such batches are larger than those that were measured when the model was loaded.
 */
const leastDraftGain = { alone: 1.12, besideOthers: 1.25 }
/**
 * Some batches go without guesses, so that what they cost stays known: as often as loses this share of the time, so more
 * often when little is won, since then it matters more. Between them passes the time of so many batches without guesses;
 * of those with many guesses that may be one or two.
 */
const plainShare = 0.01
const batchesBetweenPlain = { least: 4, most: 64 }
/** Where guesses pay, better ones are thought of now and then only: thinking takes time, too. */
const plansBetweenTrials = 8
/** Where the cost of a size is in doubt, guesses are hoped to cost this share of it. */
const hopedPrice = 0.05
/** A draft model that does not pay is tried again after so many batches, with so many guesses. */
const batchesBetweenDraftTrials = 200
const draftTrialDepth = 3
/**
 * A draft model of which nothing is known yet is tried at once, if it may pay when always right and costs are a little
 * lower than they seem, and if it has to read no more first than takes this share of what is left of the answer.
 */
const firstTrials = { leastGain: 0.9, readingShare: 0.1 }
/** What the draft model is to read first must be expected to pay so many times over. */
const leastReturn = 2.5

/** One run that generates: what it has in the batch, and who can guess for it. */
export interface RunView extends Prospect, LayoutRun {
  /** Absent: no draft model guesses for it. */
  readonly draft?: DraftProspect
}

/** A batch as it is before anything is guessed. */
export interface View {
  /** Guesses of all runs, at most. */
  readonly most: number
  /** In the order of the batch. */
  readonly runs: readonly RunView[]
}

/** What each run gets, in the order of the view. */
export interface Plan {
  /** Guesses that were looked up. */
  readonly lookups: readonly number[]
  /** Guesses that the draft model is to make, at most. */
  readonly drafts: readonly number[]
  /** Guesses that nobody hopes for, behind the others; empty: none. With runs as long as each other the batch is cheaper. */
  readonly fillers: readonly number[]
  /** Whether the draft model is only tried. */
  readonly isDraftTrial: boolean
}

/** How a batch went that no prompt was read in. */
interface Outcome {
  /** What each run had in the batch with its guesses, and would have had without; in the order of the batch. */
  readonly shares: readonly Share[]
  readonly plainShares: readonly Share[]
  /** How many choices of the model were made, one a run at least. */
  readonly choices: number
  readonly milliseconds: number
  /** That went into guessing before the batch. */
  readonly guessMilliseconds: number
}

/** What is known of the batch that is planned. */
interface Situation extends View {
  /** Milliseconds without guesses. */
  readonly plain: number
  readonly ledger: Ledger
}

/** A plan, what it is expected to bring, and its cost in milliseconds. */
type Offer = Pick<Plan, 'lookups' | 'drafts'> & { readonly gain: number; readonly cost: number }

/**
 * Decides how many guesses each run of a batch gets, so that the batch brings the most tokens a millisecond: from what
 * batches of each size were measured to cost, and how likely the guesses are right. Pure: it is told the time.
 */
export class SpeculationController {
  /** By the number of runs: what pays for one does not pay for the losses of eight. */
  readonly #ledgers = new Map<number, Ledger>()
  readonly #cost: BatchCost
  readonly #draftCost: BatchCost | undefined
  #plans = 0
  /** The time since a batch without guesses, in such batches. */
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
    const tokens = sum(view.runs.map((run) => run.tokens))
    // What is far from everything that was measured is approached in steps.
    const most = Math.min(view.most, 2 * Math.max(this.#cost.largest, tokens + 1) - tokens)
    const ledger = this.#ledgerOf(view.runs.length)
    const situation = { ...view, most, plain: this.#cost.millisecondsOf(ubatchesOf(view.runs)), ledger }
    const { plan, won } = this.#best(situation)
    const pays = won > leastGain && ledger.isSolvent
    this.#sinceDraft++
    if (pays && this.#sincePlain >= mostSincePlain(won)) return none
    const chosen = pays ? plan : none
    if (chosen.drafts.some((depth) => depth > 0)) this.#sinceDraft = 0
    this.#plans++
    const trial = pays && this.#plans % plansBetweenTrials > 0 ? undefined : this.#trial(situation, pays ? won : 1)
    return trial ?? this.#draftTrial(situation, chosen) ?? chosen
  }

  /** The plan that is expected to bring the most, and how many times as much as no guesses at all. */
  #best(situation: Situation): { readonly plan: Plan; readonly won: number } {
    const { runs, plain } = situation
    const none = { plan: noGuesses(runs), won: 1 }
    const offers = this.#offers(situation, runs)
    // Where the draft model is surer than what was looked up, it may guess instead.
    if (runs.some(surerBy))
      offers.push(
        ...this.#offers(
          situation,
          runs.map((run) => (surerBy(run) ? { ...run, chances: [] } : run)),
        ),
      )
    return offers.reduce<typeof none>((best, { lookups, drafts, gain, cost }) => {
      const won = (gain * plain) / (runs.length * cost)
      const isDrafted = drafts.some((depth) => depth > 0)
      const least = runs.length > 1 ? leastDraftGain.besideOthers : leastDraftGain.alone
      if (won <= best.won || (isDrafted && won <= least)) return best
      const { fillers } = this.#layout(situation, added(lookups, drafts))
      return { plan: { lookups, drafts, fillers, isDraftTrial: false }, won }
    }, none)
  }

  /** The best guesses that are looked up, and the best ones of the draft model beside them. */
  #offers(situation: Situation, runs: readonly RunView[]): Offer[] {
    const { most } = situation
    const costOf = (counts: readonly number[]) => this.#costOf(situation, counts)
    const lookup = chooseGuesses(runs, { costOf, leastCostOf: this.#leastCostOf(situation), most })
    const looked = { lookups: lookup.counts, drafts: runs.map(() => 0), gain: lookup.gain, cost: lookup.cost }
    const open = runs.flatMap(({ draft }, run) => (draft && (lookup.counts[run] ?? 0) === 0 ? [{ run, draft }] : []))
    if (open.length === 0) return [looked]
    const draftCostOf = (each: readonly number[], tokens: number) =>
      this.#draftCostOf(
        situation,
        each.map((run) => ({ run, tokens })),
      )
    const planFor = (draftables: readonly Draftable[]) =>
      planDraft({ base: lookup, costOf, draftCostOf, most, draftables })
    const draft = this.#draftPlan(situation, open, planFor)
    if (draft.depth === 0) return [looked]
    const drafts = runs.map((each, run) =>
      draft.runs.includes(run) ? Math.min(draft.depth, each.draft?.chances.length ?? 0) : 0,
    )
    return [looked, { ...looked, drafts, gain: draft.gain, cost: draft.cost }]
  }

  /**
   * The best guesses of the draft model for the runs that it has read, and for those that it has yet to read as far as that
   * is worth while: for all of them, or for the one with the least to read.
   */
  #draftPlan(
    situation: Situation,
    open: readonly Draftable[],
    planFor: (draftables: readonly Draftable[]) => DraftPlan,
  ): DraftPlan {
    const isRead = ({ draft }: Draftable) => draft.behind <= usuallyBehind
    const ready = open.filter(isRead)
    const unread = open.filter((each) => !isRead(each)).sort((a, b) => a.draft.behind - b.draft.behind)
    const without = planFor(ready)
    for (const reading of unread.length > 1 ? [unread, unread.slice(0, 1)] : [unread]) {
      const all = [...ready, ...reading]
      const plan = planFor(all)
      const readers = reading.filter(({ run }) => plan.runs.includes(run))
      if (readers.length > 0 && this.#mayRead(situation, { readers, plan, without })) return plan
    }
    return without
  }

  /** Whether it is worth while that the draft model reads what it has not read. */
  #mayRead(situation: Situation, { readers, plan, without }: Reading): boolean {
    const cost = this.#draftCostOf(
      situation,
      readers.map(({ run, draft }) => ({ run, tokens: draft.behind })),
    )
    const saved = without.cost / without.gain - plan.cost / plan.gain
    const batches = readers.map(({ draft }) => draft.horizon / (1 + sum(draft.chances.slice(0, plan.depth))))
    const tokens = (plan.gain * sum(batches)) / batches.length
    // For a draft model that may not be right at all, not everybody's prompt is read.
    const isHope = readers.length > 1 && readers.some(({ draft }) => draft.isUntried)
    const horizon = Math.min(...readers.map(({ draft }) => draft.horizon))
    if (isHope && cost > firstTrials.readingShare * horizon * situation.plain) return false
    return saved * tokens >= leastReturn * cost && situation.ledger.canInvest(cost / situation.plain)
  }

  /** Milliseconds of a batch of the draft model. */
  #draftCostOf({ runs, plain }: Situation, parts: readonly { readonly run: number; readonly tokens: number }[]) {
    const ubatches = ubatchesOf(parts.map(({ run, tokens }) => ({ sequence: runs[run]?.sequence ?? 0, tokens })))
    return this.#draftCost?.isKnown ? this.#draftCost.millisecondsOf(ubatches) : 0.2 * plain * sum(ubatches)
  }

  /** Milliseconds of the batch with so many guesses for each run, laid out in the cheaper way. */
  #costOf(situation: Situation, counts: readonly number[]): number {
    return this.#cost.millisecondsOf(this.#layout(situation, counts).ubatches)
  }

  /** Of a batch with so many guesses of all runs: what it costs when it is decoded in one piece. */
  #leastCostOf({ runs }: Situation): (total: number) => number {
    const tokens = sum(runs.map((run) => run.tokens))
    return (total) => this.#cost.milliseconds(tokens + total)
  }

  #layout({ runs, most }: Situation, counts: readonly number[]): Layout {
    return cheapest(layoutsOf(runs, counts, most), (ubatches) => this.#cost.millisecondsOf(ubatches))
  }

  /** Guesses that would pay better than what is known to, if they cost less than they may; as far as trying is allowed. */
  #trial(situation: Situation, won: number): Plan | undefined {
    const { runs, most, plain, ledger } = situation
    // What a single guess would lose if it were as dear as it is held to be, or all if they were worth nothing.
    const likeliest = Math.max(...runs.map(({ chances }) => chances[0] ?? 0))
    const leastLoss = this.#leastCostOf(situation)(1) / plain - (1 + likeliest / runs.length) / won
    if (likeliest === 0 || !ledger.canTry(leastLoss)) return undefined
    const hopedFor = (ubatches: readonly number[]) => {
      const price = 1 - (1 - hopedPrice) * Math.max(...ubatches.map((tokens) => this.#cost.doubt(tokens)))
      return plain + price * (this.#cost.millisecondsOf(ubatches) - plain)
    }
    const hoped = (counts: readonly number[]) =>
      counts.some((count) => count > 0) ? cheapest(layoutsOf(runs, counts, most), hopedFor) : undefined
    const costOf = (counts: readonly number[]) => {
      const layout = hoped(counts)
      return layout ? hopedFor(layout.ubatches) : plain
    }
    const { counts, gain, cost } = chooseGuesses(runs, { costOf, most })
    const layout = hoped(counts)
    if (!layout || gain * plain <= leastGain * won * runs.length * cost) return undefined
    const loss = this.#cost.millisecondsOf(layout.ubatches) / plain - gain / runs.length / won
    return ledger.canTry(loss) ? { ...noGuesses(runs), lookups: counts, fillers: layout.fillers } : undefined
  }

  /**
   * Has the draft model guess for one run where it is not expected to pay: when nothing is known of it, and then now and
   * then, since texts and machines change.
   */
  #draftTrial(situation: Situation, chosen: Plan): Plan | undefined {
    const { runs, plain, ledger } = situation
    if (!this.#draftCost?.isKnown || chosen.drafts.some((depth) => depth > 0)) return undefined
    const behind = runs.map(({ draft }, run) => (chosen.lookups[run] ? Infinity : (draft?.behind ?? Infinity)))
    const least = Math.min(...behind)
    const index = behind.indexOf(least)
    const draft = runs[index]?.draft
    if (least === Infinity || !draft) return undefined
    const reading = this.#draftCostOf(situation, [{ run: index, tokens: least }])
    const drafting = draftTrialDepth * this.#draftCostOf(situation, [{ run: index, tokens: 1 }])
    const drafts = runs.map((_, run) => (run === index ? draftTrialDepth : 0))
    const cost = drafting + this.#costOf(situation, drafts)
    if (!isWorthFirstTrial(situation, { draft, reading, cost })) {
      if (this.#sinceDraft < batchesBetweenDraftTrials) return undefined
      if (!ledger.canTry((reading + cost - plain) / plain)) return undefined
      // Not counted as done before it has caught up.
      if (least <= usuallyBehind) this.#sinceDraft = 0
    }
    const { fillers } = this.#layout(situation, added(chosen.lookups, drafts))
    return { ...chosen, drafts, fillers, isDraftTrial: true }
  }

  /** Takes how the batch went. */
  learn({ shares, plainShares, choices, milliseconds, guessMilliseconds }: Outcome): void {
    const ubatches = ubatchesOf(shares)
    const plain = ubatchesOf(plainShares)
    const hasGuessed = sum(ubatches) > sum(plain) || guessMilliseconds > 0
    this.#cost.observeAll(ubatches, milliseconds, !hasGuessed)
    const writers = plainShares.length
    const spent = (milliseconds + guessMilliseconds) / this.#cost.millisecondsOf(plain)
    this.#sincePlain = hasGuessed ? this.#sincePlain + spent : 0
    this.#ledgerOf(writers).enter(spent, hasGuessed ? choices / writers - spent : 0)
  }

  #ledgerOf(writers: number): Ledger {
    const size = Math.ceil(Math.log2(writers))
    const ledger = this.#ledgers.get(size) ?? new Ledger(trialShare)
    this.#ledgers.set(size, ledger)
    return ledger
  }
}

interface Reading {
  readonly readers: readonly Draftable[]
  /** With what is to be read, once it is, and without. */
  readonly plan: DraftPlan
  readonly without: DraftPlan
}

interface FirstTrial {
  readonly draft: DraftProspect
  /** Milliseconds of the reading, and of the batch with its guessing. */
  readonly reading: number
  readonly cost: number
}

function isWorthFirstTrial({ runs, plain, ledger }: Situation, { draft, reading, cost }: FirstTrial): boolean {
  if (!draft.isUntried) return false
  if (draft.behind > usuallyBehind && reading > firstTrials.readingShare * draft.horizon * plain) return false
  const gain = runs.length + sum(draft.chances.slice(0, draftTrialDepth))
  return gain * plain > firstTrials.leastGain * runs.length * cost && ledger.canInvest((reading + cost - plain) / plain)
}

const noGuesses = (runs: readonly RunView[]): Plan => {
  const none = runs.map(() => 0)
  return { lookups: none, drafts: none, fillers: none, isDraftTrial: false }
}

function cheapest(layouts: readonly Layout[], costOf: (ubatches: readonly number[]) => number): Layout {
  return layouts.reduce((best, each) => (costOf(each.ubatches) < costOf(best.ubatches) ? each : best))
}

const surerBy = ({ chances, draft }: RunView): boolean => (draft?.chances[0] ?? 0) > (chances[0] ?? 1)

const mostSincePlain = (won: number): number =>
  Math.max(batchesBetweenPlain.least, Math.min(batchesBetweenPlain.most, (1 - 1 / won) / plainShare))

const added = (some: readonly number[], others: readonly number[]): number[] =>
  some.map((count, index) => count + (others[index] ?? 0))
