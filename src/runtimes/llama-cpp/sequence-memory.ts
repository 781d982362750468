import type { AddonContext } from './addon.ts'
import { type Slot, sharedPrefix } from './slot.ts'

/**
 * Makes a slot hold a prefix of the tokens and nothing else, keeping as much of what it has as this kind of memory
 * allows. Never keeps all of them: the last token must be read again for its logits. Answers how many were kept.
 */
export function rewind(context: AddonContext, slot: Slot, tokens: readonly number[]): number {
  const keep = Math.min(sharedPrefix(slot.tokens, tokens), tokens.length - 1)
  if (keep === slot.tokens.length) return keep
  const canKeep = keep > 0 && isDivisible(context, slot)
  if (canKeep && context.removeTokenCellsFromSequence(slot.sequence, keep, -1)) {
    slot.tokens.length = keep
    return keep
  }
  clear(context, slot)
  return 0
}

/**
 * Whether the end of what the slot holds can be taken back. A sliding window forgets its beginning: positions behind it
 * cannot be gone back to, except to the very start. A recurrent memory has its last position only.
 */
export const isDivisible = (context: AddonContext, slot: Slot): boolean =>
  context.getSequenceKvCacheMinPosition(slot.sequence) === 0

/** Forgets everything that the slot holds. */
export function clear(context: AddonContext, slot: Slot): void {
  context.disposeSequence(slot.sequence)
  slot.tokens = []
}

/** Whether `takeBack` works for the slot. */
export const canTakeBack = (context: AddonContext, slot: Slot): boolean =>
  slot.tokens.length === 0 || isDivisible(context, slot)

/** Takes back what a decode that was given up may have put behind the tokens of the slot. */
export function takeBack(context: AddonContext, slot: Slot): void {
  if (slot.tokens.length === 0) context.disposeSequence(slot.sequence)
  else context.removeTokenCellsFromSequence(slot.sequence, slot.tokens.length, -1)
}
