import type { Others } from './long-prompt-turns.ts'
import type { Run } from './run.ts'

/** What one run puts into a batch. */
export interface BatchPart {
  readonly run: Run
  readonly tokens: readonly number[]
  /** Guesses that follow the tokens, to be checked in the same batch. */
  readonly guesses: readonly number[]
  /** The first of the tokens, counted from 0, after which the logits are wanted; as many as there are: none. */
  readonly firstWithLogits: number
}

/** Tokens and guesses of a whole batch. */
export const tokensIn = (parts: readonly BatchPart[]): number =>
  parts.reduce((sum, { tokens, guesses }) => sum + tokens.length + guesses.length, 0)

interface BatchRoom {
  /** Tokens of one batch. */
  readonly tokens: number
  /** Tokens of one run with their logits: those of a whole batch would take hundreds of megabytes. */
  readonly tokensWithLogits: number
  /** How many tokens of long prompts are read beside others in this batch. Absent: as many as there is room for. */
  readonly beside?: (others: Others) => number
}

/** A prompt, or what is left of it, that is read in one go: nobody minds one batch that takes a little longer. */
export const shortTokens = 64
export const isLongPrompt = (run: Run): boolean => run.isReading && run.pending > shortTokens

/**
 * Fills a batch: first every run that generates, with the tokens that it knows and its guesses; what is left is shared by
 * the runs that read their prompt, shortest rest first, so that a short prompt is not kept waiting by a long one. Beside
 * others a long prompt is read in pieces, or waits (`LongPromptTurns`). Guesses leave prompts half of the
 * batch at least. In the order of their sequences: llama.cpp decodes together only those whose
 * numbers follow each other, and one after the other what is in any other order (`llama_batch_allocr::split_equal`);
 * eight sequences in a random order take twice as long as in this one. Pure.
 */
export function planBatch(
  runs: readonly Run[],
  guesses: ReadonlyMap<Run, readonly number[]>,
  room: BatchRoom,
): BatchPart[] {
  const parts: BatchPart[] = []
  const readers = runs.filter((run) => run.isReading).sort((a, b) => a.pending - b.pending)
  const writers = runs.filter((run) => !run.isReading).slice(0, room.tokens)
  let left = room.tokens
  // One for each of those that come after.
  writers.forEach((run, index) => {
    const part = partOf(run, mostTokens(run, left - (writers.length - index - 1), room))
    parts.push(part)
    left -= part.tokens.length
  })
  let leftForGuesses = left - (readers.length > 0 ? Math.floor(room.tokens / 2) : 0)
  for (const [index, part] of parts.entries()) {
    if (part.tokens.length < part.run.pending) continue
    const own = (guesses.get(part.run) ?? []).slice(0, Math.max(0, leftForGuesses))
    parts[index] = { ...part, guesses: own }
    leftForGuesses -= own.length
    left -= own.length
  }
  const short = readers.filter((run) => !isLongPrompt(run))
  const tokens = room.tokens - left + short.reduce((sum, run) => sum + run.pending, 0)
  const areAlone = tokens === 0 || short.length === readers.length
  let beside = room.beside && !areAlone ? room.beside({ tokens, hasBeginners: short.length > 0 }) : left
  readers.forEach((run, index) => {
    const waiting = readers.length - index
    const share = Math.floor(left / waiting)
    const count = mostTokens(run, isLongPrompt(run) ? Math.min(share, Math.ceil(beside / waiting)) : share, room)
    if (count < 1) return
    parts.push(partOf(run, count))
    left -= count
    if (isLongPrompt(run)) beside -= count
  })
  return parts.sort((a, b) => a.run.slot.sequence - b.run.slot.sequence)
}

/** Of its pending tokens, as many as fit. Whoever wants to know chances needs the logits of text that was foreseen, too. */
function mostTokens(run: Run, share: number, { tokensWithLogits }: BatchRoom): number {
  const count = Math.min(run.pending, share)
  return run.chances ? Math.min(count, withoutLogits(run) + tokensWithLogits) : count
}

function partOf(run: Run, count: number): BatchPart {
  const from = run.slot.tokens.length
  return {
    run,
    tokens: run.tokens.slice(from, from + count),
    guesses: [],
    firstWithLogits: Math.min(count, firstWithLogits(run, count)),
  }
}

/** Logits are wanted at the end of what is known; and wherever a token comes next whose chance is to be told. */
function firstWithLogits(run: Run, count: number): number {
  if (run.chances) return withoutLogits(run)
  return count === run.pending ? count - 1 : count
}

/** Tokens that come before the first one whose chance is to be told. */
function withoutLogits(run: Run): number {
  return run.wantsPromptChances ? 0 : Math.max(0, run.promptLength - 1 - run.slot.tokens.length)
}
