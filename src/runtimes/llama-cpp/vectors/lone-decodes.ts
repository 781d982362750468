import type { AddonContext } from '../addon.ts'
import type { LoneDecodes } from './vector-contexts.ts'

interface LoneOptions extends Pick<LoneDecodes, 'mostTokens'> {
  /** Whether nobody else computes on this machine right now. */
  readonly isIdle: () => boolean
  /** Decodes with all that the machine has. Answers false when it was given up after so long; the batch is still there. */
  readonly decodeOn: (context: AddonContext, milliseconds: number) => boolean
  /** Milliseconds. */
  readonly now?: () => number
}

/** A decode that takes so many times as long as the fastest so far shares its cores with somebody. */
const patience = 3
/** Time for what does not grow with the tokens. */
const extraMilliseconds = 5
/** After one that was given up, none is tried for so long: somebody is at work who was not seen. */
const restMilliseconds = 5000
/** What was given up may have been slow for another reason: the next one has a little longer. */
const allowance = 1.25

/**
 * Decodes that have every core while nobody else computes. Beside others their threads would wait for each other on cores that
 * are taken (561 ms instead of 67 beside a chat), so a decode that meets somebody is given up, and one thread does it.
 */
export function decodeAlone({ mostTokens, isIdle, decodeOn, now = () => performance.now() }: LoneOptions): LoneDecodes {
  let millisecondsPerToken = Number.POSITIVE_INFINITY
  let restsUntil = Number.NEGATIVE_INFINITY
  return {
    mostTokens,
    async decode(context, tokens, isAlone) {
      // What has arrived already is heard first, and whoever sent this input has gone to sleep by then.
      await new Promise((resolve) => setImmediate(resolve))
      const startedAt = now()
      if (startedAt < restsUntil || !isAlone() || !isIdle()) return void (await context.decodeBatch())
      if (decodeOn(context, patience * tokens * millisecondsPerToken + extraMilliseconds)) {
        millisecondsPerToken = Math.min(millisecondsPerToken, (now() - startedAt) / tokens)
        return
      }
      millisecondsPerToken *= allowance
      restsUntil = now() + restMilliseconds
      await context.decodeBatch()
    },
  }
}
