/** One sequence of a context: the tokens whose keys and values are in memory, and whether a request is using it. */
export interface Slot {
  /** llama.cpp's number of the sequence. */
  readonly sequence: number
  /** In the order of their positions. */
  tokens: number[]
  isBusy: boolean
  /** A counter that grows with every use. */
  lastUsed: number
}

/** So many empty slots, numbered from 0. */
export const makeSlots = (count: number): readonly Slot[] =>
  Array.from({ length: count }, (_, sequence) => ({ sequence, tokens: [], isBusy: false, lastUsed: 0 }))

/** How many tokens two lists share from their beginning on. */
export function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}

/**
 * The free slot that is worth most for the prompt: the tokens that it shares with it, less the cached ones that it would
 * lose. So a conversation goes on where it was, and a new one that shares only a system prompt takes a slot where it
 * destroys less than it saves. Among equals the one unused for longest. Pure. Nothing when all are busy.
 */
export function chooseSlot(slots: readonly Slot[], prompt: readonly number[]): Slot | undefined {
  let best: { slot: Slot; worth: number } | undefined
  for (const slot of slots) {
    if (slot.isBusy) continue
    const shared = sharedPrefix(slot.tokens, prompt)
    const worth = shared - (slot.tokens.length - shared)
    if (!best || worth > best.worth || (worth === best.worth && slot.lastUsed < best.slot.lastUsed))
      best = { slot, worth }
  }
  return best?.slot
}
