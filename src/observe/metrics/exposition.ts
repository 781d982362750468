import { type Cell, labelText } from './cell.ts'
import type { Cells } from './cells.ts'
import {
  type CountedMetric,
  countedMetrics,
  type MetricRow,
  metricTable,
  type Reading,
  type ReadMetric,
} from './metric-table.ts'

/** Prometheus' own text format, and the standard that was made of it. */
export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** Lines that are written in one go: what streams meanwhile waits for it. */
const mostLines = 2000

/** Writes every metric of the table: those that were counted, and those that were read now. */
export async function writeMetrics(
  cells: Cells,
  readings: readonly Reading[],
  format: ExpositionFormat,
): Promise<string> {
  const read = sumReadings(readings)
  const texts: string[] = []
  let lines: string[] = []
  for (const [name, row] of Object.entries(metricTable)) {
    writeHead(lines, { name, row, format })
    for (const [labels, value] of read.get(name) ?? []) lines.push(line(name, labels, value))
    for (const cell of isCounted(name) ? cells.of(name) : []) {
      writeCell(lines, { name, row, format, cell })
      if (lines.length < mostLines) continue
      texts.push(lines.join('\n'))
      lines = []
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${[...texts, ...lines].join('\n')}\n`
}

/** Values by metric and labels. Those that have got the same labels, as `other`, are one. */
function sumReadings(readings: readonly Reading[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const sums = new Map<ReadMetric, Map<string, number>>()
  for (const { name, labels = {}, value } of readings) {
    if (!Number.isFinite(value)) continue
    const text = labelText(labels)
    const sum = sums.get(name) ?? new Map<string, number>()
    sums.set(name, sum.set(text, (sum.get(text) ?? 0) + value))
  }
  return sums
}

interface Written {
  readonly name: string
  readonly row: MetricRow
  readonly format: ExpositionFormat
}

/** OpenMetrics has a counter's name without the end that its values have. */
function writeHead(lines: string[], { name, row, format }: Written): void {
  const family = format === 'openmetrics' && row.type === 'counter' ? name.replace(/_total$/, '') : name
  lines.push(`# HELP ${family} ${row.help}`, `# TYPE ${family} ${row.type}`)
}

function writeCell(lines: string[], { name, row, format, cell }: Written & { readonly cell: Cell }): void {
  if (!cell.counts) return void lines.push(line(name, cell.labels, cell.value))
  const before = cell.labels === '' ? '' : `${cell.labels},`
  let count = 0
  for (const [bucket, fallen] of cell.counts.entries()) {
    count += fallen
    lines.push(line(`${name}_bucket`, `${before}le="${boundText(row.buckets?.[bucket], format)}"`, count))
  }
  lines.push(line(`${name}_sum`, cell.labels, cell.value), line(`${name}_count`, cell.labels, count))
}

const line = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`

/** OpenMetrics wants bounds to look like floating point numbers. */
function boundText(bound: number | undefined, format: ExpositionFormat): string {
  if (bound === undefined) return '+Inf'
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : `${bound}`
}

const isCounted = (name: string): name is CountedMetric => name in countedMetrics

/**
 * The format that whoever asks likes better, by its `Accept`; Prometheus' own where that does not matter to it, or is not said.
 */
export function formatFor(accept: string | null): ExpositionFormat {
  const likings = { 'application/openmetrics-text': 0, 'text/plain': 0 }
  for (const part of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim())
    if (type !== 'application/openmetrics-text' && type !== 'text/plain') continue
    const liking = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (liking > likings[type]) likings[type] = liking
  }
  return likings['application/openmetrics-text'] > likings['text/plain'] ? 'openmetrics' : 'prometheus'
}
