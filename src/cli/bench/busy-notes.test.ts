import { expect, test } from 'bun:test'
import { loadNotes } from './busy-notes.ts'
import { madeUpText } from './made-up-text.ts'

test('a load of a quarter of the cores and more is told', () => {
  expect(loadNotes(0.1, 2)).toEqual([])
  expect(loadNotes(3.14, 2)).toEqual([expect.stringContaining('load 3.1 on 2 cores')])
})

test('no two made-up texts begin alike', () => {
  const starts = Array.from({ length: 50 }, () => madeUpText(30).split(' ')[0])
  expect(new Set(starts).size).toBeGreaterThan(45)
})
