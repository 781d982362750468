import type { ConfigFollower } from '../config/config-reloader.ts'
import type { Live } from '../core/live.ts'
import type { Providers } from '../core/provider.ts'
import type { Runtime } from '../core/runtime.ts'
import type { SystemReader } from '../core/system.ts'
import type { TrustedProxies } from '../core/trusted-proxies.ts'
import type { Engine } from '../engine/engine.ts'
import type { Downloads } from '../models/downloads.ts'
import type { ModelChanges, ModelRegistry } from '../models/registry.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics/metrics.ts'
import type { Traces } from '../observe/traces/traces.ts'
import type { KeyRing } from '../store/key-ring.ts'
import type { KeptResponses } from '../store/response-store.ts'
import type { HostNames } from './hooks/host-header.ts'
import type { RequestStatistics } from './limits/charged-statistics.ts'
import type { KeyAccounts } from './limits/key-accounts.ts'
import type { ResponsesInBackground } from './responses/background-responses.ts'
import type { RunningRequests } from './running/running-requests.ts'

/** What the configuration says of requests now. */
export interface Limits {
  readonly maxBodyBytes: number
  /** Of the head of a request: the method, the path and all headers. */
  readonly maxHeaderBytes: number
  /** Requests that may run and wait at once, in all. */
  readonly maxRequests: number
  /** Seconds of silence within the body of a request. */
  readonly readTimeoutSeconds: number
  /** Seconds after which a request is stopped. 0: never. */
  readonly requestTimeoutSeconds: number
  /** Seconds of silence after which a stream carries a comment, and after which its headers are sent at the latest. */
  readonly heartbeatSeconds: number
  /** Of one API key that has no limits of its own. 0: any number. */
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  /** Origins of pages that may use the server; `*`: of all. */
  readonly corsOrigins: readonly string[]
  /** Who is believed when they say for whom a request is sent. */
  readonly trustedProxies: TrustedProxies
  readonly sendsSecurityHeaders: boolean
  /** Path in front of every route, as `/hearth`; empty: none. */
  readonly basePath: string
  /** Whether what is asked and answered is written into the log. */
  readonly logsContent: boolean
  /** Whether GET /metrics is answered. */
  readonly hasMetrics: boolean
}

/** Everything that a route may reach. */
export interface Services {
  readonly models: ModelRegistry & ModelChanges
  readonly engine: Engine
  readonly downloads: Downloads
  /** What models take, from their heads alone; what is loaded goes through the engine. */
  readonly runtime: Pick<Runtime, 'accepts' | 'least' | 'estimate'>
  /** What was answered to POST /v1/responses and kept: of a request with a key, what that key may know of. */
  readonly responses: KeptResponses
  /** What is being made of it in the background, likewise. */
  readonly background: ResponsesInBackground
  /** What runs and waits now. */
  readonly requests: RunningRequests
  /** What was done since the start. Tokens that a route reports here are charged to the key of its request. */
  readonly statistics: RequestStatistics
  /** The same for Prometheus, by model and key. */
  readonly metrics: Metrics
  /** Where requests are told as traces. */
  readonly traces: Traces
  /** Who may come in. */
  readonly keys: KeyRing
  /** What they may use and have used. */
  readonly accounts: KeyAccounts
  /** Whether config.yaml is in force. */
  readonly configuration: ConfigFollower
  /** Names that it answers to where no key is asked for. */
  readonly hosts: Live<HostNames>
  /** Other servers that requests can be handed on to. */
  readonly providers: Providers
  /** The machine, and what can be run on it. */
  readonly system: SystemReader
  readonly log: Log
  readonly about: { readonly version: string; readonly startedSeconds: number }
  readonly limits: Live<Limits>
  /** Milliseconds since 1970. */
  now(): number
  /** A name that is used once: the prefix and something random. */
  newId(prefix: string): string
}
