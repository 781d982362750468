import type { AddressStatus, Provider } from '../../core/provider.ts'
import type { Engine, ResidentModel } from '../../engine/engine.ts'
import type { Reading, ReadMetric } from '../../observe/metrics/metric-table.ts'
import type { SpanCounts } from '../../observe/traces/traces.ts'
import { runtimeName } from '../../platform/runtime-name.ts'
import type { Services } from '../services.ts'

/**
 * What stands in no counter: how the server and its models stand now. It asks nobody but this process and the records of the
 * system, so that models do not notice that somebody scrapes.
 */
export function readMetrics(services: Services): readonly Reading[] {
  const { engine, requests, downloads, providers, about, traces } = services
  const residents = engine.residents()
  return [
    { name: 'hearth_build_info', labels: { version: about.version, runtime: runtimeName() }, value: 1 },
    ...requestReadings(requests, services),
    { name: 'hearth_models_loaded', value: residents.filter(({ state }) => state !== 'loading').length },
    ...residents.flatMap((resident) => modelReadings(resident, services)),
    ...memoryReadings(engine.memory()),
    ...tallied('hearth_downloads', downloads.list(), ({ state }) => ({ state })),
    ...providers.list().flatMap(providerReadings),
    ...spanReadings(traces.counts()),
  ]
}

type Labels = Readonly<Record<string, string>>

/** How many there are with each set of labels. */
function tallied<Item>(name: ReadMetric, items: Iterable<Item>, labelsOf: (item: Item) => Labels): readonly Reading[] {
  const counts = new Map<string, { name: ReadMetric; labels: Labels; value: number }>()
  for (const item of items) {
    const labels = labelsOf(item)
    const id = Object.values(labels).join('\n')
    const count = counts.get(id) ?? { name, labels, value: 0 }
    count.value++
    counts.set(id, count)
  }
  return [...counts.values()]
}

function requestReadings(requests: Services['requests'], { metrics }: Services): readonly Reading[] {
  const listed = [...requests]
  // What a client calls a model is no label before it is known that there is one.
  const labelsOf = ({ countedAs, task = 'load' }: (typeof listed)[number]) => ({
    model: metrics.payers.labels(countedAs).model,
    task,
  })
  const isRunning = ({ waitMilliseconds }: (typeof listed)[number]) => waitMilliseconds !== undefined
  const waiting = listed.filter((request) => !isRunning(request))
  return [
    ...tallied('hearth_requests_running', listed.filter(isRunning), labelsOf),
    ...tallied('hearth_requests_waiting', waiting, labelsOf),
  ]
}

function modelReadings(resident: ResidentModel, { metrics }: Services): readonly Reading[] {
  const { entry, state, busy, waiting, facts, measuredBytes } = resident
  const { model } = metrics.payers.labels(entry.id)
  const values: readonly (readonly [ReadMetric, number | undefined])[] = [
    ['hearth_model_queue_depth', waiting],
    ['hearth_model_slots', facts?.slots],
    ['hearth_model_slots_busy', busy],
    ['hearth_model_context_tokens', facts?.contextSize],
    ['hearth_model_memory_bytes', measuredBytes],
    ['hearth_model_prompt_cache_bytes', facts?.stateBytes],
  ]
  return [
    { name: 'hearth_model_state', labels: { model, state }, value: 1 },
    ...values.flatMap(([name, value]) => (value === undefined ? [] : [{ name, labels: { model }, value }])),
  ]
}

/** A machine without a GPU tells nothing of it; what nobody knows the end of is left out. */
function memoryReadings({ free, total }: ReturnType<Engine['memory']>): readonly Reading[] {
  const kinds = [
    ['main', free.mainBytes, total.mainBytes],
    ['gpu', free.deviceBytes, total.deviceBytes],
  ] as const
  return kinds.flatMap(([memory, freeBytes, totalBytes]) => {
    if (!(totalBytes > 0)) return []
    const labels = { memory }
    return [
      { name: 'hearth_memory_free_bytes', labels, value: freeBytes },
      { name: 'hearth_memory_total_bytes', labels, value: totalBytes },
    ] as const
  })
}

const breakers: Readonly<Record<AddressStatus['breaker'], number>> = { closed: 0, 'half-open': 0.5, open: 1 }

function providerReadings(provider: Provider): readonly Reading[] {
  return provider.status().flatMap((status) => {
    const labels = { provider: provider.name, address: status.address }
    const values: readonly (readonly [ReadMetric, number | undefined])[] = [
      ['hearth_upstream_requests_in_flight', status.busy],
      ['hearth_upstream_breaker_open', breakers[status.breaker]],
      ['hearth_upstream_healthy', status.isHealthy === undefined ? undefined : Number(status.isHealthy)],
      ['hearth_upstream_attempts_total', status.counts?.attempts],
      ['hearth_upstream_retries_total', status.counts?.retries],
      ['hearth_upstream_failures_total', status.counts?.failures],
    ]
    return values.flatMap(([name, value]) => (value === undefined ? [] : [{ name, labels, value }]))
  })
}

function spanReadings(counts: SpanCounts | undefined): readonly Reading[] {
  if (!counts) return []
  const dropped = Object.entries(counts.dropped).map(
    ([reason, value]) => ({ name: 'hearth_trace_spans_dropped_total', labels: { reason }, value }) as const,
  )
  return [{ name: 'hearth_trace_spans_exported_total', value: counts.exported }, ...dropped]
}
