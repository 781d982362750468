import { ServerError } from '../../src/core/errors.ts'
import { LiveValue } from '../../src/core/live.ts'
import type { ModelEntry } from '../../src/core/model.ts'
import type { Providers } from '../../src/core/provider.ts'
import { TrustedProxies } from '../../src/core/trusted-proxies.ts'
import type { Clock } from '../../src/engine/clock.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { Engine, ResidentModel } from '../../src/engine/engine.ts'
import type { HostNames } from '../../src/http/hooks/host-header.ts'
import { createKeyAccounts, type KeyAccounts, type KeyAccountsOptions } from '../../src/http/limits/key-accounts.ts'
import { RunningRequest } from '../../src/http/running/running-request.ts'
import { RunningRequests } from '../../src/http/running/running-requests.ts'
import type { Limits, Services } from '../../src/http/services.ts'
import { Metrics } from '../../src/observe/metrics/metrics.ts'
import { Statistics } from '../../src/observe/statistics.ts'
import { noTraces, type Traces } from '../../src/observe/traces/traces.ts'
import { createFakeRuntime, type FakeOptions } from '../../src/runtimes/fake/fake-runtime.ts'
import type { ApiKeyStore } from '../../src/store/api-keys.ts'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { inMemory } from '../../src/store/database.ts'
import { createKeyRing, type KeyRing } from '../../src/store/key-ring.ts'
import type { KeyUsage } from '../../src/store/key-usage.ts'
import type { ResponseStore } from '../../src/store/response-store.ts'
import { createUsageLedger } from '../../src/store/usage-ledger.ts'
import { fakeConfiguration } from './fake-configuration.ts'
import { FakeDownloads } from './fake-downloads.ts'
import { defaultEntries, fakeEntry, fakeRegistry } from './fake-models.ts'
import { exampleProviders } from './fake-providers.ts'
import { createFakeResponses, SometimesFull } from './fake-responses.ts'
import { createFakeSystem } from './fake-system.ts'
import { createMemoryLog, type MemoryLog } from './memory-log.ts'

/** Services over the fake runtime and the real engine, with everything that changes held still. */
export interface FakeServices extends Services {
  readonly log: MemoryLog
  /** As if the configuration had changed. */
  setLimits(change: Partial<Limits>): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface FakeServicesOptions {
  readonly runtime?: FakeOptions
  readonly entries?: readonly ModelEntry[]
  readonly limits?: Partial<Limits>
  /** Default: those of the published examples. */
  readonly providers?: Providers
  /** Default: nobody collects. */
  readonly traces?: Traces
  /** Default: one in memory, with the responses of the published examples. It is disposed of with the services. */
  readonly responses?: ResponseStore
  /** Default: any. */
  readonly hosts?: HostNames
  /** Default: one that asks for no key. */
  readonly keys?: KeyRing
  /** Where what they use is kept. Default: one that keeps nothing, and has what an example shows. */
  readonly keyStore?: ApiKeyStore
  /** Milliseconds that go on, for the rates of keys. Default: they stand still. */
  readonly rateClock?: () => number
  /** What all models may take together. Default: none. */
  readonly limitBytes?: number
  /** Of the engine. Default: the real one. */
  readonly clock?: Clock
  /** Requests that may wait for one model. Default 16. */
  readonly maxWaiting?: number
}

/** What the configuration's defaults say, with a body that a test can exceed. */
export const fakeLimits: Limits = {
  maxBodyBytes: 1_000_000,
  maxHeaderBytes: 32_768,
  maxRequests: 1024,
  readTimeoutSeconds: 30,
  requestTimeoutSeconds: 0,
  heartbeatSeconds: 10,
  requestsPerMinute: 0,
  tokensPerMinute: 0,
  corsOrigins: [],
  trustedProxies: new TrustedProxies([]),
  sendsSecurityHeaders: true,
  basePath: '',
  logsContent: false,
  hasMetrics: true,
}

/** Nobody else is asked. */
export const noProviders: Providers = {
  list: () => [],
  find: () => undefined,
  fallbacksOf: () => [],
  [Symbol.dispose]: () => {},
}

/** Bytes that fake models may take together: enough for everything but `huge`. */
const availableBytes = 1_000_000_000

/** Models that refuse in one way each, for the refusals of the routes. They are not listed. */
const trouble = [
  'busy',
  'crowded',
  'broken',
  'crashing',
  'failing',
  'strict',
  'huge',
  'foreign',
  'old-model',
  'resident',
].flatMap((id) => {
  const size = id === 'huge' ? { fileBytes: availableBytes * 2 } : {}
  const kinds = ['embedding', 'reranker'] as const
  return [fakeEntry({ id, ...size }), ...kinds.map((kind) => fakeEntry({ id: `${id}-${kind}`, kind, ...size }))]
})

/** Builds the services; disposing of them ends the engine. */
export function createFakeServices(options: FakeServicesOptions = {}): FakeServices {
  const runtime = createFakeRuntime({
    script: ({ prompt, format }) => {
      const mustCall = prompt.type === 'messages' && prompt.toolUse?.choice.type === 'required'
      return format || mustCall ? undefined : 'Hello there!'
    },
    failLoad: ({ id }) => (id.startsWith('broken') ? 'the file is no model' : undefined),
    gate: async ({ model }) => failIfTold(model),
    whileReading: failIfTold,
    ...options.runtime,
  })
  const now = () => 1_770_000_000_000
  const metrics = new Metrics(() => limits.current.hasMetrics)
  const statistics = new Statistics(now, metrics)
  const engine = createEngine({
    runtime,
    availableBytes: () => availableBytes,
    maxWaiting: options.maxWaiting ?? 16,
    ...(options.clock && { clock: options.clock }),
    ...(options.limitBytes !== undefined && { limitBytes: options.limitBytes }),
    onEvent: (event) => statistics.note(event),
  })
  const made = new Map<string, number>()
  const limits = new LiveValue<Limits>({ ...fakeLimits, ...options.limits })
  const accounts = accountsOf(options, { now, statistics, defaults: () => limits.current })
  const responses = options.responses ?? createFakeResponses()
  const background = new SometimesFull(16)
  return {
    models: fakeRegistry(options.entries ?? defaultEntries, trouble),
    engine: sometimesBusy(engine),
    downloads: new FakeDownloads(),
    runtime: { ...runtime, accepts: () => true },
    requests: withExample(now),
    statistics,
    metrics,
    traces: options.traces ?? noTraces,
    system: createFakeSystem(),
    log: createMemoryLog(),
    about: { version: '0.1.0', startedSeconds: 1_770_000_000 - 60 },
    limits,
    setLimits: (change) => limits.set({ ...limits.current, ...change }),
    providers: options.providers ?? exampleProviders(),
    configuration: fakeConfiguration,
    now,
    newId(prefix) {
      made.set(prefix, (made.get(prefix) ?? 0) + 1)
      return `${prefix}${made.get(prefix)}`
    },
    responses,
    background,
    keys: options.keys ?? noKeys(now),
    accounts,
    hosts: new LiveValue(options.hosts ?? 'any'),
    async [Symbol.asyncDispose]() {
      await background.stop()
      await engine[Symbol.asyncDispose]()
      responses[Symbol.dispose]()
      accounts[Symbol.dispose]()
      options.keys?.[Symbol.dispose]()
    },
  }
}

/** A model that is in memory whatever happens, and that nothing uses. */
const alwaysThere: ResidentModel = {
  entry: fakeEntry({ id: 'resident' }),
  state: 'ready',
  fraction: 1,
  busy: 0,
  held: 0,
  waiting: 0,
  isPinned: false,
  idleSeconds: 12,
  secondsLeft: 288,
  readySeconds: 60,
  loadSeconds: 0.5,
  facts: { contextSize: 256, slots: 4, threads: 1, gpuLayers: 0, device: 'fake', notes: [] },
  estimate: {
    mainBytes: 64_000_000,
    deviceBytes: 0,
    weightsBytes: 64_000_000,
    cacheBytes: 0,
    computeBytes: 0,
    draftBytes: 0,
    adapterBytes: 0,
    processBytes: 0,
    contextSize: 256,
    slots: 4,
    gpuLayers: 0,
    notes: [],
  },
  measuredBytes: 63_000_000,
}

/** With one that runs until it is stopped. */
function withExample(now: () => number): RunningRequests {
  const requests = new RunningRequests()
  const request = new RunningRequest({
    id: 'req-example',
    operation: 'openai.createChatCompletion',
    share: 'anonymous',
    startedAt: now() - 3500,
    stop: () => request.end(),
  })
  request.begin({ model: 'smollm2-135m-instruct', task: 'generation' }, requests)
  request.state = { type: 'writing' }
  request.waitMilliseconds = 250
  request.pieces = 42
  return requests
}

const exampleUsage: KeyUsage = {
  day: '2026-02-02',
  key: 'given-1',
  model: 'smollm2-135m-instruct',
  requests: 12,
  refused: 1,
  errors: 0,
  promptTokens: 1500,
  completionTokens: 600,
  embeddedTokens: 0,
}

function accountsOf(
  options: FakeServicesOptions,
  parts: Pick<KeyAccountsOptions, 'now' | 'statistics' | 'defaults'>,
): KeyAccounts {
  const { now } = parts
  const store = options.keyStore ?? { list: () => [], usage: () => [exampleUsage], addUsage: () => {} }
  const ledger = createUsageLedger({ store, now, onProblem: () => {} })
  return createKeyAccounts({ ...parts, store, ledger, clock: options.rateClock ?? (() => 0) })
}

const noKeys = (now: () => number) =>
  createKeyRing({
    store: createApiKeyStore({ path: inMemory, now }),
    given: [],
    isRequired: 'never',
    isForOthers: false,
    now,
  })

function failIfTold({ id }: ModelEntry): void {
  if (id.startsWith('crashing')) throw new ServerError('runtime_crashed', { model: id, how: 'signal SIGABRT' })
  if (id.startsWith('failing'))
    throw new ServerError('generation_failed', { model: id, problem: 'the fake was told to fail' })
  if (id === 'strict')
    throw new ServerError('template_refused', { param: 'messages', model: id, problem: 'no system role' })
}

/** An engine whose model `busy` has a full queue at all times. */
function sometimesBusy(engine: Engine): Engine {
  return {
    lease(model, call) {
      if (!model.id.startsWith('busy')) return engine.lease(model, call)
      return Promise.reject(new ServerError('queue_full', { model: model.id, waiting: 16, retryAfterSeconds: 2 }))
    },
    status: (id) => engine.status(id),
    warm: (model) => engine.warm(model),
    adjust: (settings) => engine.adjust(settings),
    revise: (models) => engine.revise(models),
    load: (model, request) => engine.load(model, request),
    unload: (id, request) => engine.unload(id, request),
    residents: () => [...engine.residents(), alwaysThere],
    memory: () => engine.memory(),
    drain: (signal) => engine.drain(signal),
    [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose](),
  }
}
