import { type Share, ubatchesOf } from './ubatches.ts'

/** What one run has in a batch before anything is guessed, and how much it can take. */
export interface LayoutRun extends Share {
  /** Guesses, at most. */
  readonly room: number
}

/** One way to check the same guesses. */
export interface Layout {
  /** The sizes of the pieces that the batch is decoded in. */
  readonly ubatches: readonly number[]
  /** Guesses that nobody hopes for, behind those of each run; empty: none. */
  readonly fillers: readonly number[]
}

/**
 * The ways to check so many guesses for each run: as they are, and with all runs filled up to the longest, which is decoded
 * in fewer pieces. Where a token more costs next to nothing the second is better. Runs in the order of the batch. Pure.
 */
export function layoutsOf(runs: readonly LayoutRun[], counts: readonly number[], most: number): Layout[] {
  let longest = 0
  let guesses = 0
  const shares: Share[] = []
  for (const [run, { sequence, tokens }] of runs.entries()) {
    const count = counts[run] ?? 0
    shares.push({ sequence, tokens: tokens + count })
    longest = Math.max(longest, tokens + count)
    guesses += count
  }
  const plain = { ubatches: ubatchesOf(shares), fillers: [] }
  if (plain.ubatches.length < 2) return [plain]
  const fillers: number[] = []
  const filled: Share[] = []
  for (const [run, { sequence, tokens }] of shares.entries()) {
    const room = (runs[run]?.room ?? 0) - (counts[run] ?? 0)
    const filler = Math.max(0, Math.min(longest - tokens, room))
    fillers.push(filler)
    filled.push({ sequence, tokens: tokens + filler })
    guesses += filler
  }
  return guesses > most ? [plain] : [plain, { ubatches: ubatchesOf(filled), fillers }]
}
