import type { DraftFact } from '../../../core/model.ts'
import type { AddonContext } from '../addon.ts'
import { loadDrafter } from '../load-drafter.ts'
import type { Loading } from '../loading.ts'
import { BatchCost } from './batch-cost.ts'
import { measureBatches } from './measure-batches.ts'
import { Speculation } from './speculation.ts'

interface SpeculationRequest {
  readonly loading: Loading
  /** The large model's. */
  readonly context: AddonContext
  readonly vocabularySize: number
  /** Told whenever the fact about the draft model has changed. */
  readonly onDraft: (fact: DraftFact) => void
}

interface OpenSpeculation {
  /** Absent: there is nothing to guess by. */
  readonly guesser?: Speculation
  /** Present when a draft model was asked for. */
  readonly draft?: DraftFact
  close(): Promise<void>
}

/** Bytes of the logits of all guesses of a batch. */
const logitBytes = 32 * 2 ** 20
/** Guesses of a batch, even where the vocabulary is so large that they take more. */
const leastGuesses = 8
/** Tokens of each slot in the batches whose cost is measured at first: what a draft model may have guessed. */
const measuredTokens = 16

/** Opens what guesses ahead for a model, as its options say. Rejects by the signal only. */
export async function openSpeculation(request: SpeculationRequest): Promise<OpenSpeculation> {
  const { loading, context, vocabularySize, onDraft } = request
  const { load } = loading.entry
  const cost = new BatchCost()
  const mostGuesses = Math.max(leastGuesses, Math.floor(logitBytes / (4 * vocabularySize)))
  // Without a draft model the costs are found on the way; with one it would have to read a prompt before it is known. The
  // large model's come first: they take longer, and by then nobody else is being loaded who would disturb the small one's.
  if (load.draft) {
    const most = Math.min(loading.batchSize, measuredTokens * loading.fitted.slots, mostGuesses)
    await measureBatches(context, cost, { most, mostWithLogits: most })
  }
  const draft = load.draft && (await loadDrafter({ loading, draft: load.draft, context, onDraft }))
  const drafter = draft?.drafter
  const looksUp = load.promptLookup !== false
  const close = async () => draft?.close()
  const fact = draft && { draft: draft.fact }
  if (!looksUp && !drafter) return { ...fact, close }
  const guesser = new Speculation({
    cost,
    looksUp,
    ...(drafter && { drafter }),
    ...(load.draft?.always && { alwaysDrafts: true }),
    mostGuesses,
    onDraft(state) {
      // The parent's log has what is written here, at debug level.
      console.error(state === 'ready' ? 'the draft model pays again' : 'the draft model does not pay, and rests')
      onDraft({ state })
    },
  })
  return { guesser, ...fact, close }
}
