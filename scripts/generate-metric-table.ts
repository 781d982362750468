import { metricTable } from '../src/observe/metrics/metric-table.ts'

const markers = { start: '<!-- metrics:start -->', end: '<!-- metrics:end -->' }

/** The page with the table of all metrics between its markers, and everything else as it was. Throws where it lacks them. */
export function withMetricTable(page: string): string {
  const [from, to] = [page.indexOf(markers.start), page.indexOf(markers.end)]
  if (from < 0 || to < from) throw new Error(`docs/observability.md lacks ${markers.start} or ${markers.end}.`)
  return `${page.slice(0, from + markers.start.length)}\n${table()}\n${page.slice(to)}`
}

function table(): string {
  const rows = Object.entries(metricTable).map(([name, { type, labels, help }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(' ')
    return `| \`${name}\` | ${type} | ${shown} | ${help.replaceAll('|', '\\|')} |`
  })
  return ['| Metric | Type | Labels | What it tells |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
