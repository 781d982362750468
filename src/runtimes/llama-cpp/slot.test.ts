import { describe, expect, test } from 'bun:test'
import { chooseSlot, type Slot, sharedPrefix } from './slot.ts'

const slot = (sequence: number, tokens: number[], { isBusy = false, lastUsed = 0 } = {}): Slot => ({
  sequence,
  tokens,
  isBusy,
  lastUsed,
})

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
    expect(chooseSlot([slot(0, conversation), slot(1, [])], [...conversation.slice(0, 40), 7])?.sequence).toBe(0)
  })
  test('overwrites what was unused for longest when nothing fits', () => {
    expect(chooseSlot([slot(0, [5], { lastUsed: 2 }), slot(1, [6], { lastUsed: 1 })], [1])?.sequence).toBe(1)
  })
})
