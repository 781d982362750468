import { describe, expect, test } from 'bun:test'
import type { CaseResult, Value } from './benchmark.ts'
import { findings, isReached, median, splitRounds, turnOrder } from './statistics.ts'

const speed: Value = { unit: 'tokens/s', better: 'more', mark: { of: 'ratio', atLeast: 1 } }
const sideBySide = { left: 'Hearth', right: 'llama-server' }

function result(rounds: CaseResult['rounds'], values: readonly Value[] = [speed]): CaseResult {
  return { case: { id: 'decode-1', title: 'decode', values }, rounds }
}

describe('the median', () => {
  test('is the middle one, or the mean of the two in the middle', () => {
    expect(median([30, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 30])).toBe(3)
  })

  test('leaves out what is no number, and is none of nothing', () => {
    expect(median([Number.NaN, 5])).toBe(5)
    expect(median([])).toBeNaN()
  })
})

describe('a finding', () => {
  test('has the median of the ratios of the pairs, not the ratio of the medians', () => {
    const [finding] = findings(result({ Hearth: [[10], [40], [90]], 'llama-server': [[20], [40], [30]] }), sideBySide)
    expect(finding).toMatchObject({ left: 40, right: 30, ratio: { lowest: 0.5, median: 1, highest: 3 }, reached: true })
  })

  test('is named by its case and its value', () => {
    const values = [{ ...speed, name: 'speed' }, speed]
    const found = findings(result({ Hearth: [[1, 2]], 'llama-server': [[1, 1]] }, values), sideBySide)
    expect(found.map(({ title }) => title)).toEqual(['decode: speed', 'decode'])
    expect(found.map(({ ratio }) => ratio.median)).toEqual([1, 2])
  })

  test('has no ratio where one side has no such value, and nothing demanded is reached by it', () => {
    const [finding] = findings(result({ Hearth: [[10]], 'llama-server': [[Number.NaN]] }), sideBySide)
    expect(finding?.ratio.median).toBeNaN()
    expect(finding?.reached).toBe(false)
  })

  test('has no mark in a comparison without marks', () => {
    const rounds = { Hearth: [[1]], 'llama-server': [[2]] }
    const [finding] = findings(result(rounds), { ...sideBySide, withoutMarks: true })
    expect(finding).toMatchObject({ mark: undefined, reached: undefined })
  })

  test('of one server alone has its median', () => {
    const [finding] = findings(result({ Hearth: [[1], [3], [2]] }), { left: 'Hearth' })
    expect(finding?.left).toBe(2)
    expect(finding?.ratio.median).toBeNaN()
  })

  test('is far ahead of a server that gave nothing', () => {
    const [finding] = findings(result({ Hearth: [[10]], 'llama-server': [[0]] }), sideBySide)
    expect(finding).toMatchObject({ ratio: { median: Number.POSITIVE_INFINITY }, reached: true })
  })
})

test('a mark may be of the ratio, of Hearth alone, or of the difference, and its bound is within', () => {
  const numbers = { left: 120, right: 20, ratio: { median: 6, lowest: 6, highest: 6 } }
  expect(isReached({ of: 'ratio', atLeast: 6 }, numbers)).toBe(true)
  expect(isReached({ of: 'ratio', atMost: 5.9 }, numbers)).toBe(false)
  expect(isReached({ of: 'left', atMost: 120 }, numbers)).toBe(true)
  expect(isReached({ of: 'left', atMost: 119 }, numbers)).toBe(false)
  expect(isReached({ of: 'difference', atMost: 100 }, numbers)).toBe(true)
  expect(isReached({ of: 'difference', atMost: 99 }, numbers)).toBe(false)
})

test('turns go forwards and backwards', () => {
  expect([0, 1, 2].map((round) => turnOrder(['A', 'B'], round).join(''))).toEqual(['AB', 'BA', 'AB'])
})

test('rounds are split into few even starts, and none is lost', () => {
  expect(splitRounds(7, 3)).toEqual([3, 2, 2])
  expect(splitRounds(6, 3)).toEqual([3, 3])
  expect(splitRounds(1, 3)).toEqual([1])
})
