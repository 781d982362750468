import { describe, expect, test } from 'bun:test'
import { chooseSlot as choose, type Slot, type SlotTerms, sharedPrefix } from './slot.ts'

const slot = (sequence: number, tokens: number[], { isBusy = false, lastUsed = 0 } = {}): Slot => ({
  sequence,
  tokens,
  isBusy,
  lastUsed,
})

const chooseSlot = (slots: readonly Slot[], prompt: readonly number[], terms: Partial<SlotTerms> = {}) =>
  choose(slots, prompt, { copy: 4, saved: 0, isKept: false, ...terms })
const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

test('a shared prefix ends at the first difference and at the end of the shorter list', () => {
  expect(sharedPrefix([1, 2, 3], [1, 2, 4])).toBe(2)
  expect(sharedPrefix([1, 2], [1, 2, 4])).toBe(2)
  expect(sharedPrefix([], [1])).toBe(0)
})

describe('the choice of a slot', () => {
  test('takes the longest shared prefix', () => {
    expect(chooseSlot([slot(0, [1]), slot(1, [1, 2, 3]), slot(2, [9])], [1, 2, 3, 4])?.sequence).toBe(1)
  })
  test('passes over slots in use, however well they fit', () => {
    expect(chooseSlot([slot(0, [1, 2], { isBusy: true }), slot(1, [])], [1, 2, 3])?.sequence).toBe(1)
    expect(chooseSlot([slot(0, [], { isBusy: true })], [1])).toBeUndefined()
  })
  test('does not destroy a long conversation to save a short system prompt', () => {
    const conversation = [1, 2, ...Array.from({ length: 50 }, (_, index) => 100 + index)]
    expect(chooseSlot([slot(0, conversation), slot(1, [])], [1, 2, 7])?.sequence).toBe(1)
    expect(chooseSlot([slot(0, conversation), slot(1, [9, 9])], [...conversation, 7])?.sequence).toBe(0)
  })
  test('overwrites what was unused for longest when nothing fits', () => {
    expect(chooseSlot([slot(0, [5], { lastUsed: 2 }), slot(1, [6], { lastUsed: 1 })], [1])?.sequence).toBe(1)
  })
  test('copies a branch of a conversation rather than to overwrite the rest of it', () => {
    expect(chooseSlot([slot(0, range(50)), slot(1, [])], [...range(40), 7])?.sequence).toBe(1)
    // A few tokens are cheaper to lose than a copy is to make.
    expect(chooseSlot([slot(0, range(42)), slot(1, [])], [...range(40), 7])?.sequence).toBe(0)
    // Another conversation would be lost.
    expect(chooseSlot([slot(0, range(50)), slot(1, range(90, 100))], [...range(40), 7])?.sequence).toBe(0)
  })
  test('overwrites what another slot has, too', () => {
    const slots = [slot(0, range(30, 100)), slot(1, range(50)), slot(2, range(40))]
    expect(chooseSlot(slots, [7])?.sequence).toBe(2)
  })
  test('looks only at the age of what is kept outside of the slots when it is overwritten', () => {
    const slots = [slot(0, range(90), { lastUsed: 1 }), slot(1, range(30, 100), { lastUsed: 2 })]
    expect(chooseSlot(slots, [7])?.sequence).toBe(1)
    expect(chooseSlot(slots, [7], { isKept: true })?.sequence).toBe(0)
  })
  test('prefers a neighbour of those in use, unless that costs much more', () => {
    const busy = slot(2, [1], { isBusy: true })
    const empty = [0, 1].map((sequence) => slot(sequence, [], { lastUsed: sequence }))
    expect(chooseSlot([...empty, busy], [7])?.sequence).toBe(1)
    expect(chooseSlot([slot(0, range(50)), slot(1, []), busy], [...range(50), 7])?.sequence).toBe(1)
    expect(chooseSlot([slot(0, range(500)), slot(1, []), busy], [...range(500), 7], { copy: 400 })?.sequence).toBe(0)
  })
  test('keeps a slot with the beginning of a prompt whose end is in a file', () => {
    const slots = [slot(0, range(20), { lastUsed: 2 }), slot(1, range(10, 100), { lastUsed: 1 })]
    expect(chooseSlot(slots, range(50), {})?.sequence).toBe(0)
    expect(chooseSlot(slots, range(50), { saved: 50, isKept: true })?.sequence).toBe(0)
  })
})

/** The slot by the words of the rule: every slot beside every other one. */
function choosePlainly(slots: readonly Slot[], prompt: readonly number[], { copy, saved, isKept }: SlotTerms) {
  const shared = ({ tokens }: Slot) => sharedPrefix(tokens, prompt)
  const elsewhere = Math.max(saved, ...slots.map(shared)) - copy
  const groups = (chosen: Slot) => {
    const used = slots.map((slot) => slot.isBusy || slot === chosen)
    return used.filter((isUsed, index) => isUsed && !used[index - 1]).length
  }
  const costOf = (slot: Slot) => {
    const others = slots.filter((other) => other !== slot)
    const kept = Math.max(shared(slot), ...others.map(({ tokens }) => sharedPrefix(tokens, slot.tokens)))
    const lost = slot.tokens.length - kept
    return (
      prompt.length - Math.max(shared(slot), elsewhere) + (isKept ? Math.min(lost, copy) : lost) + 128 * groups(slot)
    )
  }
  const free = slots.filter(({ isBusy }) => !isBusy).map((slot) => ({ slot, cost: costOf(slot) }))
  return free.sort((a, b) => a.cost - b.cost || a.slot.lastUsed - b.slot.lastUsed)[0]?.slot
}

test('looking at each token once, it chooses what comparing all slots with each other does', () => {
  const below = (limit: number) => Math.floor(Math.random() * limit)
  const lists = () => {
    const trunk = range(below(300))
    // Branches off the same conversation, at places that are often the same.
    return () => [...trunk.slice(0, 60 * below(6)), ...Array.from({ length: below(8) }, () => below(3))]
  }
  let notFirst = 0
  for (let round = 0; round < 5000; round++) {
    const list = lists()
    const slots = Array.from({ length: 1 + below(9) }, (_, sequence) =>
      slot(sequence, list(), { isBusy: below(3) === 0, lastUsed: below(4) }),
    )
    const prompt = list()
    const terms = { copy: below(100), saved: below(2) * below(300), isKept: below(2) === 0 }
    const plain = choosePlainly(slots, prompt, terms)
    expect(chooseSlot(slots, prompt, terms)?.sequence).toBe(plain?.sequence)
    if (plain !== slots.find(({ isBusy }) => !isBusy)) notFirst++
  }
  expect(notFirst).toBeGreaterThan(1000)
})
