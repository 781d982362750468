import { type Slot, sharedPrefix } from '../slot.ts'
import type { ReuseCosts } from './reuse-costs.ts'

/** A slot as far as others may profit from it. */
export interface Holder {
  readonly slot: Pick<Slot, 'sequence' | 'tokens'>
  /**
   * Whether a prefix of its tokens can be had alone. Not where memory has forgotten its beginning (a sliding window) or
   * is one state for all of them (recurrent models): then all tokens or none.
   */
  readonly isDivisible: boolean
  /** What the slot's user is reading: its tokens and more. Absent: nobody is reading in it. */
  readonly reading?: readonly number[]
}

/** As much of a holder as its tokens are judged by; a state in a file has no more. */
interface Usable extends Pick<Holder, 'isDivisible'> {
  readonly slot: { readonly tokens: readonly number[] }
}

export interface PreparationView {
  readonly prompt: readonly number[]
  /** The slot that is to hold the prompt. */
  readonly own: Holder
  /** All the others, busy and free. */
  readonly others: readonly Holder[]
  /** Tokens of the prompt that are kept in a file. */
  readonly saved: number
  readonly costs: ReuseCosts
  /** Tokens from which on a slot of this memory was found to be indivisible. */
  readonly divisibleBelow: number
}

/** How a slot comes to hold the longest prefix of a prompt that is worth its price. */
export type Preparation =
  | { readonly type: 'keep' }
  /** Of `tokens` tokens, from the slot of that sequence. */
  | { readonly type: 'copy'; readonly sequence: number; readonly tokens: number }
  /** From the file. */
  | { readonly type: 'restore' }
  /** Until the slot of that sequence, which is being read into, holds so many tokens; then to be decided anew. */
  | { readonly type: 'wait'; readonly sequence: number; readonly tokens: number }

/**
 * Who keeps, copies or waits. Nobody waits for one who waits, since only a slot that is being read into is waited for.
 * Readers share the batches, so one more makes each of them slower: waiting is not longer than reading beside them as long
 * as the awaited one has no more to read than what that is worth. Pure.
 */
export function choosePreparation(view: PreparationView): Preparation {
  const { prompt, own, others, saved, costs, divisibleBelow } = view
  const kept = usableTokens(own, prompt)
  let copied: { sequence: number; tokens: number } | undefined
  for (const other of others) {
    const tokens = usableTokens(other, prompt)
    if (tokens > (copied?.tokens ?? kept + costs.copy)) copied = { sequence: other.slot.sequence, tokens }
  }
  const isRestored = saved > (copied?.tokens ?? kept + costs.copy)
  const now = isRestored ? saved : (copied?.tokens ?? kept)
  const readers = others.filter(({ reading }) => reading).length
  const slowerBy = (readers + 1) / readers
  let awaited: { sequence: number; tokens: number } | undefined
  for (const { slot, isDivisible, reading } of others) {
    if (!reading || (!isDivisible && slot.tokens.length > 0)) continue
    const tokens = Math.min(sharedPrefix(reading, prompt), prompt.length - 1)
    if (tokens > divisibleBelow || tokens <= (awaited?.tokens ?? now + costs.copy + costs.batch)) continue
    const unread = tokens - slot.tokens.length
    if (unread > 0 && unread <= slowerBy * (tokens - now)) awaited = { sequence: slot.sequence, tokens }
  }
  if (awaited) return { type: 'wait', ...awaited }
  if (isRestored) return { type: 'restore' }
  return copied ? { type: 'copy', ...copied } : { type: 'keep' }
}

/** How many of a holder's tokens serve a prompt. Never all of the prompt: its last token is read for its logits. */
export function usableTokens({ slot, isDivisible }: Usable, prompt: readonly number[]): number {
  const shared = Math.min(sharedPrefix(slot.tokens, prompt), prompt.length - 1)
  return isDivisible || shared === slot.tokens.length ? shared : 0
}
