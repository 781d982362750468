import type { BatchPart } from '../batch-plan.ts'
import type { Drafter } from '../drafter.ts'
import type { Run } from '../run.ts'
import type { BatchCost } from './batch-cost.ts'
import type { Prospect } from './choose-guesses.ts'
import { type Plan, type RunView, SpeculationController } from './controller.ts'
import { DraftRecord, RunDraft } from './run-draft.ts'
import { lookupRecord, RunLookup } from './run-lookup.ts'

/** What the loop needs to have guesses checked. */
export interface Guesser {
  /** Guesses for runs that generate; most of the time for none. Called before every batch, with all runs. Never rejects. */
  guess(runs: readonly Run[]): Promise<ReadonlyMap<Run, readonly number[]>>
  /** Takes how the batch went, once its tokens are chosen: the milliseconds of its decode. */
  learn(parts: readonly BatchPart[], milliseconds: number): void
}

interface SpeculationOptions {
  /** What is known of the cost of batches. */
  readonly cost: BatchCost
  /** Whether guesses are looked up in the run's own text. */
  readonly looksUp: boolean
  readonly drafter?: Drafter
  /** Whether the draft model guesses even where that does not pay. */
  readonly alwaysDrafts?: boolean
  /** Guesses of all runs of a batch, at most: each needs memory for its logits. */
  readonly mostGuesses: number
  /** Told whenever the draft model begins to rest because it does not pay, and when it guesses again. */
  readonly onDraft?: (state: 'ready' | 'resting') => void
}

/** What is known of one run. */
interface Known {
  readonly lookup?: RunLookup
  readonly draft?: RunDraft
  /** Choices that were made before the batch. */
  choices: number
}

/** A run that generates. */
interface Writer {
  readonly run: Run
  readonly known: Known
  readonly view: RunView
}

/** Guesses of a draft model that always guesses, for each run; as llama.cpp's server by default. */
const forcedGuesses = 3
/** Choices that the first tokens of an answer are weighed against, to say how many of them a format forces. */
const priorChoices = 4
/** Batches that could have had guesses of the draft model and were better without, before it is said to rest. */
const batchesUntilRest = 256

/**
 * Speculative decoding: guesses next tokens, so that one batch can bring several of them, as far as that is worth its
 * cost. A guess never changes the text, since each is kept only if the model's own choice is the same.
 */
export class Speculation implements Guesser {
  readonly #options: SpeculationOptions
  readonly #controller: SpeculationController
  readonly #lookups = lookupRecord()
  readonly #drafts = new DraftRecord()
  readonly #known = new WeakMap<Run, Known>()
  /** Of the batch that is being made. Absent when a prompt is read in it: then it says nothing about guesses. */
  #writers: readonly Writer[] | undefined
  #guessMilliseconds = 0
  #batchesWithoutDraft = 0

  constructor(options: SpeculationOptions) {
    this.#options = options
    this.#controller = new SpeculationController(options.cost, options.drafter?.cost)
  }

  async guess(runs: readonly Run[]): Promise<ReadonlyMap<Run, readonly number[]>> {
    const all = runs.map((run) => ({ run, known: this.#learnOf(run) }))
    const isReading = runs.some((run) => run.isReading)
    const writers = all
      .filter(({ run }) => !run.isReading)
      // As in the batch.
      .sort((a, b) => a.run.slot.sequence - b.run.slot.sequence)
      .map(({ run, known }) => ({ run, known, view: this.#viewOf(run, known, isReading) }))
    for (const { run, known } of writers) known.choices = run.choices
    this.#writers = isReading ? undefined : writers
    const plan = this.#plan(writers.map(({ view }) => view))
    const drafted = await this.#draft(writers, plan)
    return new Map(
      writers.map(({ run, known }, index) => {
        const own = drafted.get(run) ?? known.lookup?.guess(run.tokens, plan.lookups[index] ?? 0) ?? []
        return [run, [...own, ...fillers(run, plan.fillers[index] ?? 0)]]
      }),
    )
  }

  learn(parts: readonly BatchPart[], milliseconds: number): void {
    const writers = this.#writers
    if (!writers || writers.length === 0) return
    this.#controller.learn({
      shares: parts.map(({ run, tokens, guesses }) => ({
        sequence: run.slot.sequence,
        tokens: tokens.length + guesses.length,
      })),
      plainShares: writers.map(({ view: { sequence, tokens } }) => ({ sequence, tokens })),
      choices: writers.reduce((sum, { run, known }) => sum + run.choices - known.choices, 0),
      milliseconds,
      guessMilliseconds: this.#guessMilliseconds,
    })
  }

  #plan(runs: readonly RunView[]): Plan {
    const { alwaysDrafts, mostGuesses } = this.#options
    if (!alwaysDrafts) return this.#controller.plan({ most: mostGuesses, runs })
    const none = runs.map(() => 0)
    const drafts = runs.map(({ draft }) => Math.min(forcedGuesses, draft?.chances.length ?? 0))
    return { lookups: none, drafts, fillers: none, isDraftTrial: false }
  }

  /** Reads what the run knows by now. While its prompt is read nothing is guessed, but the prompt is entered. */
  #learnOf(run: Run): Known {
    let known = this.#known.get(run)
    if (!known) {
      known = {
        ...(this.#options.looksUp && { lookup: new RunLookup(this.#lookups) }),
        ...(this.#options.drafter && { draft: new RunDraft(this.#drafts) }),
        choices: 0,
      }
      this.#known.set(run, known)
    }
    known.lookup?.extend(run.tokens)
    known.draft?.learn(run)
    return known
  }

  /** While others read their prompt the draft model reads nothing: it would keep them waiting for their first token. */
  #viewOf(run: Run, { lookup, draft }: Known, isReading: boolean): RunView {
    const behind = isReading ? undefined : this.#options.drafter?.behind(run)
    const share = chosenShare(run)
    const worth = <T extends Prospect>(prospect: T): T => ({
      ...prospect,
      chances: prospect.chances.map((chance) => chance * share),
    })
    return {
      sequence: run.slot.sequence,
      tokens: run.pending,
      room: Math.max(0, run.remaining - 1),
      ...worth({ chances: lookup?.prospect(run.remaining - 1).chances ?? [] }),
      ...(draft && behind !== undefined && run.remaining > 1 && { draft: worth(draft.prospect(run, behind)) }),
    }
  }

  async #draft(writers: readonly Writer[], plan: Plan): Promise<ReadonlyMap<Run, readonly number[]>> {
    this.#guessMilliseconds = 0
    const { drafter } = this.#options
    if (!drafter) return new Map()
    const requests = writers.flatMap(({ run }, index) => {
      const most = plan.drafts[index] ?? 0
      return most > 0 ? [{ run, most }] : []
    })
    this.#reportDraft(writers, requests.length > 0 && !plan.isDraftTrial)
    if (requests.length === 0) return new Map()
    const begunAt = performance.now()
    const guesses = await drafter.guess(requests)
    this.#guessMilliseconds = performance.now() - begunAt
    for (const { run } of requests) {
      const own = guesses.get(run)
      // Without an entry it was still reading.
      if (own) this.#known.get(run)?.draft?.note(run, own)
    }
    return guesses
  }

  #reportDraft(writers: readonly Writer[], isUsed: boolean) {
    if (isUsed) {
      if (this.#batchesWithoutDraft >= batchesUntilRest) this.#options.onDraft?.('ready')
      this.#batchesWithoutDraft = 0
    } else if (writers.some(({ view }) => view.draft) && ++this.#batchesWithoutDraft === batchesUntilRest)
      this.#options.onDraft?.('resting')
  }
}

/** Tokens that are there to be refuted: the last one once more, and again. */
const fillers = ({ tokens }: Run, count: number): number[] => Array.from({ length: count }, () => tokens.at(-1) ?? 0)

/**
 * Of the tokens of an answer, those that the model had to choose. The others a format has forced, and they would have come
 * at no more cost: to have guessed them brings nothing.
 */
function chosenShare({ choices, tokens, promptLength }: Run): number {
  const forced = Math.max(0, tokens.length - promptLength - choices)
  return (choices + priorChoices) / (choices + forced + priorChoices)
}
