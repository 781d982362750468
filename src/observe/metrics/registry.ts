import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  type CountedMetric,
  countedMetrics,
  type MetricRow,
  type Reading,
  type ReadMetric,
  readMetrics,
} from './metric-table.ts'

/** Labels and their values. */
export type Labels = Readonly<Record<string, string | number>>

/** The metrics of the table, counted by prom-client and written as Prometheus reads them. */
export interface MetricRegistry {
  readonly contentType: string
  /** Adds to a counter, or observes a value of a histogram. */
  add(name: CountedMetric, labels: Labels, value: number): void
  /** Everything as text. */
  expose(readings: readonly Reading[]): Promise<string>
}

/** Loads prom-client, which is not needed before somebody scrapes. */
export async function createRegistry(): Promise<MetricRegistry> {
  // The module is CommonJS: Deno has its parts on `default` as well.
  const { default: client } = await import('prom-client')
  const registry: Registry = new client.Registry()
  const make = (name: string, { type, help, labels, buckets }: MetricRow) => {
    const how = { name, help, labelNames: [...labels], registers: [registry] }
    if (type === 'counter') return new client.Counter(how)
    return type === 'gauge' ? new client.Gauge(how) : new client.Histogram({ ...how, buckets: [...(buckets ?? [])] })
  }
  const counted = new Map<string, Counter | Histogram>()
  const read = new Map<string, Counter | Gauge>()
  for (const [name, row] of Object.entries(countedMetrics)) counted.set(name, make(name, row) as Counter | Histogram)
  for (const [name, row] of Object.entries(readMetrics)) read.set(name, make(name, row) as Counter | Gauge)
  let last: Promise<unknown> = Promise.resolve()
  return {
    contentType: registry.contentType,
    add(name, labels, value) {
      const metric = counted.get(name)
      if (metric && 'observe' in metric) metric.observe(labels, value)
      else metric?.inc(labels, value)
    },
    expose(readings) {
      // Two at once would write each other's readings.
      const text = last.then(() => {
        fill(read, readings)
        return registry.metrics()
      })
      last = text.catch(() => {})
      return text
    },
  }
}

function fill(metrics: ReadonlyMap<string, Counter | Gauge>, readings: readonly Reading[]): void {
  for (const metric of metrics.values()) {
    metric.reset()
    // Without labels it would be told as 0 now.
    metric.remove({})
  }
  for (const { name, labels = {}, value } of readings) {
    if (!Number.isFinite(value)) continue
    metrics.get(name satisfies ReadMetric)?.inc(labels, value)
  }
}
