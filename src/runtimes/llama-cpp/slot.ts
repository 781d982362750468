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

/** How many tokens two lists share from their beginning on. */
export function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}

/**
 * The free slot whose tokens share the longest prefix with the prompt; among equals the one unused for longest, so that
 * a conversation's tokens live as long as they can. Pure. Nothing when all are busy.
 */
export function chooseSlot(slots: readonly Slot[], prompt: readonly number[]): Slot | undefined {
  let best: { slot: Slot; shared: number } | undefined
  for (const slot of slots) {
    if (slot.isBusy) continue
    const shared = sharedPrefix(slot.tokens, prompt)
    if (!best || shared > best.shared || (shared === best.shared && slot.lastUsed < best.slot.lastUsed))
      best = { slot, shared }
  }
  return best?.slot
}
