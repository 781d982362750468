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
 * read their prompt, shortest rest first, so that a short prompt is not kept waiting by a long one. Guesses leave them
 * half of the batch at least. Pure.
 */
export function planBatch(
  runs: readonly Run[],
  guesses: ReadonlyMap<Run, readonly number[]>,
  room: number,
): BatchPart[] {
  const parts: BatchPart[] = []
  const readers = runs.filter((run) => run.pending > 1).sort((a, b) => a.pending - b.pending)
  const writers = runs.filter((run) => run.pending === 1).slice(0, room)
  let left = room - writers.length
  let leftForGuesses = left - (readers.length > 0 ? Math.floor(room / 2) : 0)
  for (const run of writers) {
    const own = (guesses.get(run) ?? []).slice(0, Math.max(0, leftForGuesses))
    parts.push({ run, tokens: run.tokens.slice(-1), guesses: own, isComplete: true })
    leftForGuesses -= own.length
    left -= own.length
  }
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
