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

/** How many tokens two lists share from their beginning on. So many are known to be the same. */
export function sharedPrefix(a: readonly number[], b: readonly number[], known = 0): number {
  const most = Math.min(a.length, b.length)
  let length = known
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

/** How many groups of neighbours the slots in use make more than before, if this one is used, too: 1, 0 or -1. */
function groupsAdded(slots: readonly Slot[], index: number): number {
  const isUsed = (slot: Slot | undefined) => (slot?.isBusy ? 1 : 0)
  return 1 - isUsed(slots[index - 1]) - isUsed(slots[index + 1])
}

/** The longest prefixes that each slot shares: with the prompt, and with the prompt or any other slot. */
interface SharedPrefixes {
  readonly withPrompt: readonly number[]
  readonly withAny: readonly number[]
}

/**
 * Looks at each token about once, also where all slots begin alike. Of lists that share different lengths with a third
 * one, two share the smaller of these with each other: nothing that is not known. So only those that share equally much
 * with it have to be compared with each other, and from there on.
 */
function sharedPrefixes(slots: readonly Slot[], prompt: readonly number[]): SharedPrefixes {
  const withAny = slots.map(() => 0)
  const compare = (list: readonly number[], others: readonly number[], from: number): readonly number[] => {
    const lengths = others.map((other) => sharedPrefix(list, slots[other]?.tokens ?? [], from))
    for (const [place, other] of others.entries()) withAny[other] = Math.max(withAny[other] ?? 0, lengths[place] ?? 0)
    const alike = Map.groupBy(others, (_, place) => lengths[place] ?? 0)
    for (const [length, [first, ...rest]] of alike) {
      if (first === undefined || rest.length === 0) continue
      const shared = compare(slots[first]?.tokens ?? [], rest, length)
      withAny[first] = Math.max(withAny[first] ?? 0, ...shared)
    }
    return lengths
  }
  return { withPrompt: compare(prompt, [...slots.keys()], 0), withAny }
}

/**
 * The free slot that costs least: the tokens of the prompt that would have to be read there, after what another slot has
 * was copied, and the cached tokens that would be lost, as far as no other slot has them. So a conversation goes on where
 * it was, and a new one that shares only a system prompt takes a slot where it destroys little, next to those in use if
 * that costs not much more. Among equals the one unused for longest. Pure. Nothing when all are busy.
 */
export function chooseSlot(slots: readonly Slot[], prompt: readonly number[], terms: SlotTerms): Slot | undefined {
  const { copy, saved, isKept } = terms
  const { withPrompt, withAny } = sharedPrefixes(slots, prompt)
  const elsewhere = Math.max(saved, ...withPrompt) - copy
  let best: { slot: Slot; cost: number } | undefined
  for (const [index, slot] of slots.entries()) {
    if (slot.isBusy) continue
    const lost = slot.tokens.length - (withAny[index] ?? 0)
    const reading = prompt.length - Math.max(withPrompt[index] ?? 0, elsewhere) + (isKept ? Math.min(lost, copy) : lost)
    const cost = reading + apartTokens * groupsAdded(slots, index)
    if (!best || cost < best.cost || (cost === best.cost && slot.lastUsed < best.slot.lastUsed)) best = { slot, cost }
  }
  return best?.slot
}
