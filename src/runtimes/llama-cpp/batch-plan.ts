import type { Run } from './run.ts'

/** What one run puts into a batch. */
export interface BatchPart {
  readonly run: Run
  readonly tokens: readonly number[]
  /** Guesses that follow the tokens, to be checked in the same batch. */
  readonly guesses: readonly number[]
  /** Whether the tokens reach the end of what is known, so that the next one can be chosen. */
  readonly isComplete: boolean
}

/**
 * Fills a batch: first every run that generates, one token each and its guesses; what is left is shared by the runs that
 * read their prompt, shortest rest first, so that a short prompt is not kept waiting by a long one. Pure.
 */
export function planBatch(
  runs: readonly Run[],
  guesses: ReadonlyMap<Run, readonly number[]>,
  room: number,
): BatchPart[] {
  const parts: BatchPart[] = []
  let left = room
  for (const run of runs) {
    if (run.pending !== 1 || left < 1) continue
    const own = (guesses.get(run) ?? []).slice(0, left - 1)
    parts.push({ run, tokens: run.tokens.slice(-1), guesses: own, isComplete: true })
    left -= 1 + own.length
  }
  const readers = runs.filter((run) => run.pending > 1).sort((a, b) => a.pending - b.pending)
  readers.forEach((run, index) => {
    const count = Math.min(run.pending, Math.floor(left / (readers.length - index)))
    if (count < 1) return
    const from = run.slot.tokens.length
    const tokens = run.tokens.slice(from, from + count)
    parts.push({ run, tokens, guesses: [], isComplete: count === run.pending })
    left -= count
  })
  return parts
}
