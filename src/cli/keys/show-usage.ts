import { noUse, sumOfUse, type UsageCounts } from '../../store/key-usage.ts'
import type { NamedUsage } from '../../store/usage-of-keys.ts'
import { textTable } from '../text-table.ts'

/** What was used as a table for people, with the sum of it. */
export function usageTable(used: readonly NamedUsage[]): string {
  const heading = ['DAY', 'KEY', 'MODEL', 'REQUESTS', 'REFUSED', 'ERRORS', 'PROMPT', 'COMPLETION', 'EMBEDDED']
  const rows = used.map((use) => [use.day, use.name, use.model || '-', ...cellsOf(use)])
  const total = ['total', '', '', ...cellsOf(used.reduce<UsageCounts>(sumOfUse, noUse))]
  return textTable(used.length > 1 ? [heading, ...rows, total] : [heading, ...rows])
}

const cellsOf = (counts: UsageCounts): readonly string[] =>
  [
    counts.requests,
    counts.refused,
    counts.errors,
    counts.promptTokens,
    counts.completionTokens,
    counts.embeddedTokens,
  ].map(String)
