import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { version } from './config/version.ts'
import type { Live } from './core/live.ts'
import type { Log } from './observe/log.ts'
import { Metrics } from './observe/metrics/metrics.ts'
import { Statistics } from './observe/statistics.ts'
import { readOtlpSettings } from './observe/traces/otlp-settings.ts'
import { noTraces, type Traces } from './observe/traces/traces.ts'

interface ObserverParts {
  readonly live: Live<Config>
  readonly environment: Pick<Environment, 'openTelemetry'>
  readonly log: Log
}

/** Makes what counts and traces what the server does. Without a collector nothing of OpenTelemetry is loaded. */
export async function composeObservers(
  parts: ObserverParts,
): Promise<{ readonly metrics: Metrics; readonly statistics: Statistics; readonly traces: Traces }> {
  const metrics = new Metrics(() => parts.live.current.metrics)
  return { metrics, statistics: new Statistics(Date.now, metrics), traces: await composeTraces(parts) }
}

async function composeTraces({ live, environment, log }: ObserverParts): Promise<Traces> {
  const { settings, problems } = readOtlpSettings({
    endpoint: live.current.otlp_endpoint,
    variables: environment.openTelemetry,
    version,
  })
  for (const problem of problems) log.warn(problem)
  if (!settings) return noTraces
  const { createOtlpTraces } = await import('./observe/traces/otlp-traces.ts')
  // Without user, password and what is asked: secrets may be among them.
  const { origin, pathname } = new URL(settings.url)
  log.info('requests are sent as traces', { collector: origin + pathname, service: settings.resource['service.name'] })
  return createOtlpTraces(settings, log)
}
