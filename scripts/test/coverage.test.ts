import { expect, test } from 'bun:test'
import { describeCoverage, joinCoverage, readLcov, shareOf } from './read-coverage.ts'

const report = (path: string, lines: Readonly<Record<number, number>>) =>
  `TN:\nSF:${path}\nFNF:1\nFNH:1\n${Object.entries(lines)
    .map(([line, count]) => `DA:${line},${count}\n`)
    .join('')}LF:1\nLH:1\nend_of_record\n`

const untold = (path: string, lines: number) => ({ path, countLines: () => lines })

test('a line that one of two reports has seen run was run', () => {
  const first = readLcov(report('src/a/a.ts', { 1: 1, 2: 0, 3: 0 }) + report('src/a/b.ts', { 1: 1 }))
  const second = readLcov(report('src/a/a.ts', { 1: 1, 2: 5, 3: 0 }))
  const files = joinCoverage([first, second], [untold('src/a/a.ts', 99), untold('src/a/b.ts', 99)])
  expect(files).toEqual([
    { path: 'src/a/a.ts', lines: 3, ran: 2, missed: [3] },
    { path: 'src/a/b.ts', lines: 1, ran: 1, missed: [] },
  ])
  expect(shareOf(files)).toBe(0.75)
})

test('a file that no test loads counts with all of its lines, and one of types alone with none', () => {
  const files = joinCoverage(
    [readLcov(report('src/a/a.ts', { 1: 1 }))],
    [untold('src/a/a.ts', 1), untold('src/b/forgotten.ts', 9), untold('src/b/types.ts', 0)],
  )
  expect(shareOf(files)).toBe(0.1)
})

test('the rooms, what was missed most, and the share of all are told', () => {
  const lines = { 1: 1, 2: 0, 3: 0, 4: 0, 5: 1, 6: 0 }
  const files = joinCoverage(
    [readLcov(report('src/a/a.ts', lines))],
    [untold('src/a/a.ts', 6), untold('src/b/forgotten.ts', 9), untold('src/c/types.ts', 0)],
  )
  expect(describeCoverage(files)).toEqual([
    ' 33.3 %  src/a',
    '  0.0 %  src/b',
    '  0.0 %  src/b/forgotten.ts, not run: all 9 lines, no test loads it',
    ' 33.3 %  src/a/a.ts, not run: 2–4, 6',
    ' 13.3 %  of the lines in src',
  ])
})
