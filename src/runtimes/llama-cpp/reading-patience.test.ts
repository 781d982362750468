import { expect, test } from 'bun:test'
import { ReadingPatience } from './reading-patience.ts'

test('long prompts are read in small pieces after a batch was given up, and soon in large ones again', () => {
  const patience = new ReadingPatience()
  expect(patience.tokens).toBe(Number.POSITIVE_INFINITY)
  patience.stopped()
  expect(patience.tokens).toBe(64)
  patience.went(true)
  patience.went(false)
  expect(patience.tokens).toBe(128)
})

test('however often new work comes, every third batch at least goes through', () => {
  const patience = new ReadingPatience()
  let inARow = 0
  for (let step = 0; step < 1000; step++) {
    if (patience.mayStop && Math.random() < 0.95) {
      patience.stopped()
      inARow++
    } else {
      patience.went(true)
      inARow = 0
    }
    expect(inARow).toBeLessThan(3)
  }
})
