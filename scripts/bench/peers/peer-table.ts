import type { CaseResult, Comparison, Group, Mark, Value } from './benchmark.ts'
import { type Finding, findings } from './statistics.ts'

/** Markdown of a group: its title, its configuration, and a table for each comparison. */
export function renderGroup(group: Group, results: readonly CaseResult[]): string {
  const tables = group.comparisons.map((comparison) =>
    renderComparison(
      comparison,
      results.flatMap((result) => findings(result, comparison)),
    ),
  )
  return [`## ${group.title}`, group.configuration, ...tables].join('\n\n')
}

/** How many marks are reached, and which are not: the last words of the report. */
export function renderVerdict(all: readonly Finding[]): string {
  const demanded = all.filter(({ reached }) => reached !== undefined)
  const missed = demanded.filter(({ reached }) => !reached)
  const count = `${demanded.length - missed.length} of ${demanded.length} marks are reached`
  if (missed.length === 0) return `${count}.`
  const names = missed.map(({ caseId, value }) => (value.name ? `${caseId} (${value.name})` : caseId))
  return `${count}. Not reached: ${[...new Set(names)].join(', ')}.`
}

/** A row for each finding: the medians, the ratio with its range, what is demanded, and whether it is reached. */
export function renderComparison({ left, right }: Comparison, rows: readonly Finding[]): string {
  const head = right
    ? ['case', left, right, 'ratio', 'lowest to highest', 'mark', 'reached']
    : ['case', left, 'mark', 'reached']
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(render)].join('\n')

  function render({ title, value, left, right: other, ratio, mark, reached }: Finding): string {
    const verdict = reached === undefined ? '' : reached ? 'yes' : '**no**'
    const end = [mark ? renderMark(mark, value) : `${value.better} is better`, verdict]
    if (!right) return line([title, quantity(left, value), ...end])
    const range = Number.isNaN(ratio.median) ? '' : `${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}`
    const middle = Number.isNaN(ratio.median) ? '' : `**${ratio.median.toFixed(2)}**`
    return line([title, quantity(left, value), quantity(other, value), middle, range, ...end])
  }
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

function renderMark({ of, atLeast, atMost }: Mark, value: Value): string {
  const [sign, bound = 0] = atLeast === undefined ? ['≤', atMost] : ['≥', atLeast]
  if (of === 'ratio') return `${sign} ${bound.toFixed(2)}`
  return of === 'left' ? `${sign} ${quantity(bound, value)}` : `${sign} +${quantity(bound, value)}`
}

function quantity(number: number, { unit }: Value): string {
  if (Number.isNaN(number)) return ''
  const digits = number >= 100 ? 0 : number >= 2 ? 1 : 2
  return unit === 'times' ? `${number.toFixed(2)} times` : `${number.toFixed(digits)} ${unit}`
}
