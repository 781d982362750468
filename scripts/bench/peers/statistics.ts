import type { CaseResult, Comparison, Mark, Value } from './benchmark.ts'

/** One value of a case, for one comparison. */
export interface Finding {
  readonly caseId: string
  readonly title: string
  readonly value: Value
  /** Medians over the rounds; NaN where the server has no such value. */
  readonly left: number
  readonly right: number
  /** Of the ratios left ÷ right of each round, not of the medians; NaN without a right side. */
  readonly ratio: { readonly median: number; readonly lowest: number; readonly highest: number }
  readonly mark: Mark | undefined
  /** Absent without a mark. */
  readonly reached: boolean | undefined
}

/** The middle one; of an even number the mean of the two in the middle; NaN of none. Values that are no numbers are left out. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}

/**
 * The order in which the servers take turns: forwards in even rounds, backwards in odd ones, so that nobody is always first
 * and a drift of the machine in one direction weighs on both alike.
 */
export const turnOrder = <Item>(items: readonly Item[], round: number): readonly Item[] =>
  round % 2 === 0 ? items : items.toReversed()

/** How many rounds each start of the servers serves: as few starts as possible of at most so many, as even as possible. */
export function splitRounds(rounds: number, atMost: number): readonly number[] {
  const starts = Math.ceil(rounds / atMost)
  return Array.from({ length: starts }, (_, start) => Math.floor((rounds + starts - 1 - start) / starts))
}

/** What a case's numbers say about a comparison: one finding for each of its values. */
export function findings(result: CaseResult, { left, right, withoutMarks }: Comparison): readonly Finding[] {
  const { id, title, values } = result.case
  return values.map((value, index) => {
    const numbersOf = (name: string | undefined) =>
      ((name !== undefined && result.rounds[name]) || []).map((round) => round[index] ?? Number.NaN)
    const [lefts, rights] = [numbersOf(left), numbersOf(right)]
    const ratios = lefts
      .map((number, round) => number / (rights[round] ?? Number.NaN))
      .filter((ratio) => !Number.isNaN(ratio))
    const finding = {
      caseId: id,
      title: value.name ? `${title}: ${value.name}` : title,
      value,
      left: median(lefts),
      right: median(rights),
      ratio: {
        median: median(ratios),
        lowest: ratios.length > 0 ? Math.min(...ratios) : Number.NaN,
        highest: ratios.length > 0 ? Math.max(...ratios) : Number.NaN,
      },
      mark: withoutMarks ? undefined : value.mark,
    }
    return { ...finding, reached: finding.mark && isReached(finding.mark, finding) }
  })
}

/** Whether a finding has what is demanded of it. What could not be measured has not. */
export function isReached(mark: Mark, { left, right, ratio }: Pick<Finding, 'left' | 'right' | 'ratio'>): boolean {
  const number = { left, ratio: ratio.median, difference: left - right }[mark.of]
  return number >= (mark.atLeast ?? -Infinity) && number <= (mark.atMost ?? Infinity)
}
