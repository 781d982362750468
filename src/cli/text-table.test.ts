import { expect, test } from 'bun:test'
import { shownWidth, textTable } from './text-table.ts'

test('what stands in a file or comes from a server cannot move the cursor or begin another line', () => {
  expect(textTable([['a\u001b[2J\nb', 'x']])).toBe('a[2J b  x\n')
})

test('columns are as wide as what a terminal shows', () => {
  expect([shownWidth('abc'), shownWidth('ä'), shownWidth('a\u0308'), shownWidth('模型'), shownWidth('👍')]).toEqual([
    3, 1, 1, 4, 2,
  ])
  expect(
    textTable([
      ['模型', 'x'],
      ['abcd', 'y'],
    ]),
  ).toBe('模型  x\nabcd  y\n')
})
