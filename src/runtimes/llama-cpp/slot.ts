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

/** What a slot can get, and what is lost with it; see `ReuseCosts`. */
export interface SlotTerms {
  /** Tokens that could be read while one slot is copied to another. */
  readonly copy: number
  /** Tokens of the prompt that are kept outside of the slots. */
  readonly saved: number
  /** Whether what a slot loses is kept, so that it can be had again for the price of a copy. */
  readonly isKept: boolean
}

/**
 * Tokens of a prompt that could be read in the time that an answer loses when its slot is no neighbour of the others that
 * are in use: llama.cpp decodes together only sequences whose numbers follow each other. Two that are apart take 16 ms a
 * token where neighbours take 11 (SmolLM2-135M, two cores), so 100 tokens of answer lose as much as 150 of prompt cost.
 */
const apartTokens = 128

/** How many groups of neighbours the slots in use make, if this one is used, too. */
function groupsWith(slots: readonly Slot[], chosen: Slot): number {
  const isUsed = (slot: Slot | undefined) => slot !== undefined && (slot.isBusy || slot === chosen)
  return slots.filter((slot, index) => isUsed(slot) && !isUsed(slots[index - 1])).length
}

/**
 * The free slot that costs least: the tokens of the prompt that would have to be read there, after what another slot has
 * was copied, and the cached tokens that would be lost, as far as no other slot has them. So a conversation goes on where
 * it was, and a new one that shares only a system prompt takes a slot where it destroys little, next to those in use if
 * that costs not much more. Among equals the one unused for longest. Pure. Nothing when all are busy.
 */
export function chooseSlot(slots: readonly Slot[], prompt: readonly number[], terms: SlotTerms): Slot | undefined {
  const { copy, saved, isKept } = terms
  const elsewhere = Math.max(saved, ...slots.map(({ tokens }) => sharedPrefix(tokens, prompt))) - copy
  let best: { slot: Slot; cost: number } | undefined
  for (const slot of slots) {
    if (slot.isBusy) continue
    const shared = sharedPrefix(slot.tokens, prompt)
    const others = slots.filter((other) => other !== slot)
    const kept = Math.max(shared, ...others.map(({ tokens }) => sharedPrefix(tokens, slot.tokens)))
    const lost = slot.tokens.length - kept
    const reading = prompt.length - Math.max(shared, elsewhere) + (isKept ? Math.min(lost, copy) : lost)
    const cost = reading + apartTokens * groupsWith(slots, slot)
    if (!best || cost < best.cost || (cost === best.cost && slot.lastUsed < best.slot.lastUsed)) best = { slot, cost }
  }
  return best?.slot
}
