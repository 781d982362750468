import { expect, test } from 'bun:test'
import type { CaseResult, Value } from './benchmark.ts'
import { renderComparison, renderVerdict } from './peer-table.ts'
import { findings } from './statistics.ts'

function rows(values: readonly Value[], rounds: CaseResult['rounds'], right?: string): readonly string[] {
  const comparison = { left: 'Hearth', ...(right && { right }) }
  const found = findings({ case: { id: 'a', title: 'a case', values }, rounds }, comparison)
  return renderComparison(comparison, found).split('\n').slice(2)
}

test('a row has both medians, the ratio with its range, the mark and the verdict', () => {
  const value: Value = { unit: 'tokens/s', better: 'more', mark: { of: 'ratio', atLeast: 0.95 } }
  const rounds = { Hearth: [[101], [99], [80]], other: [[100], [100], [100]] }
  expect(rows([value], rounds, 'other')).toEqual([
    '| a case | 99.0 tokens/s | 100 tokens/s | **0.99** | 0.80 to 1.01 | ≥ 0.95 | yes |',
  ])
})

test('what is not reached stands out, and what is not demanded says which way is better', () => {
  const mark = { of: 'ratio', atMost: 1 } as const
  const values: Value[] = [
    { name: 'first', unit: 'ms', better: 'less', mark },
    { name: 'last', unit: 'ms', better: 'less' },
  ]
  expect(rows(values, { Hearth: [[3, 3]], other: [[2, 2]] }, 'other')).toEqual([
    '| a case: first | 3.0 ms | 2.0 ms | **1.50** | 1.50 to 1.50 | ≤ 1.00 | **no** |',
    '| a case: last | 3.0 ms | 2.0 ms | **1.50** | 1.50 to 1.50 | less is better |  |',
  ])
})

test('marks of amounts have their unit', () => {
  const values: Value[] = [
    { name: 'own', unit: 'MiB', better: 'less', mark: { of: 'left', atMost: 120 } },
    { name: 'more', unit: 'MiB', better: 'less', mark: { of: 'difference', atMost: 150 } },
  ]
  expect(rows(values, { Hearth: [[100, 500]], other: [[Number.NaN, 400]] }, 'other')).toEqual([
    '| a case: own | 100 MiB |  |  |  | ≤ 120 MiB | yes |',
    '| a case: more | 500 MiB | 400 MiB | **1.25** | 1.25 to 1.25 | ≤ +150 MiB | yes |',
  ])
})

test('one server alone has no ratio', () => {
  expect(rows([{ unit: 'times', better: 'less' }], { Hearth: [[1.5]] })).toEqual([
    '| a case | 1.50 times | less is better |  |',
  ])
})

test('every row has as many cells as the head', () => {
  const comparison = { left: 'Hearth', right: 'other' }
  const values: Value[] = [{ unit: 'ms', better: 'less' }]
  const found = findings({ case: { id: 'a', title: 'a', values }, rounds: { Hearth: [[1]], other: [[1]] } }, comparison)
  const widths = renderComparison(comparison, found)
    .split('\n')
    .map((line) => line.split('|').length)
  expect(new Set(widths).size).toBe(1)
})

test('the verdict counts what is demanded, and names what is missed once', () => {
  const values: Value[] = [
    { unit: 'ms', better: 'less', mark: { of: 'ratio', atMost: 1 } },
    { name: 'memory', unit: 'MiB', better: 'less', mark: { of: 'left', atMost: 5 } },
    { unit: 'ms', better: 'less' },
  ]
  const found = (rounds: CaseResult['rounds']) =>
    findings({ case: { id: 'start', title: 'a', values }, rounds }, { left: 'Hearth', right: 'other' })
  const good = found({ Hearth: [[1, 5, 1]], other: [[1, 1, 1]] })
  const bad = found({ Hearth: [[2, 6, 1]], other: [[1, 1, 1]] })
  expect(renderVerdict(good)).toBe('2 of 2 marks are reached.')
  expect(renderVerdict([...good, ...bad, ...bad])).toBe('2 of 6 marks are reached. Not reached: start, start (memory).')
})
