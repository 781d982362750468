import { ServerError } from '../../core/errors.ts'
import type { AddonContext } from './addon.ts'

/** What addons before 3.22.1 lack is told by this method alone: they do not say their version. */
const newMethod = 'copySequenceStateFromOtherSequence'

/**
 * Makes a context of an addon before 3.22.1 safe, and answers it; any other as it is. Such an addon must sample one token
 * after the other, and gives no logits: whoever asks for them gets `native_libraries_unusable` in place of wrong ones.
 */
export function guardOlder(context: AddonContext): AddonContext {
  if (newMethod in context) return context
  const sample = (context as AddonContext).sampleToken.bind(context) as (...given: unknown[]) => Promise<unknown>
  let last: Promise<unknown> = Promise.resolve()
  const sampleInTurn = (...given: unknown[]) => {
    if (given[4] !== undefined) return Promise.reject(tooOld('they give no log probabilities (logprobs)'))
    const next = last.then(() => sample(...given))
    last = next.catch(() => {})
    return next
  }
  // The methods of native objects cannot be assigned to.
  return Object.defineProperties(context, {
    sampleToken: { value: sampleInTurn },
    [newMethod]: { value: () => Promise.reject(tooOld('they copy no prefixes')) },
  })
}

const tooOld = (what: string) =>
  new ServerError('native_libraries_unusable', {
    problem: `they are older than node-llama-cpp 3.22.1, and ${what}`,
    remedy: 'Do without, or take an executable that was built with newer ones.',
  })
