import { ServerError } from '../../src/core/errors.ts'
import type { ModelEntry } from '../../src/core/model.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { RunningRequests } from '../../src/http/running/running-requests.ts'
import type { Services } from '../../src/http/services.ts'
import { Statistics } from '../../src/observe/statistics.ts'
import { createFakeRuntime, type FakeOptions } from '../../src/runtimes/fake/fake-runtime.ts'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { inMemory } from '../../src/store/database.ts'
import { createKeyRing, type KeyRing } from '../../src/store/key-ring.ts'
import type { ResponseStore } from '../../src/store/response-store.ts'
import { FakeDownloads } from './fake-downloads.ts'
import { defaultEntries, fakeEntry, fakeRegistry } from './fake-models.ts'
import { createFakeResponses, SometimesFull } from './fake-responses.ts'
import { createFakeSystem } from './fake-system.ts'
import { createMemoryLog, type MemoryLog } from './memory-log.ts'

/** Services over the fake runtime and the real engine, with everything that changes held still. */
export interface FakeServices extends Services {
  readonly log: MemoryLog
  [Symbol.asyncDispose](): Promise<void>
}

export interface FakeServicesOptions {
  readonly runtime?: FakeOptions
  readonly entries?: readonly ModelEntry[]
  readonly limits?: Partial<Services['limits']>
  /** Default: one in memory, with the responses of the published examples. It is disposed of with the services. */
  readonly responses?: ResponseStore
  /** Default: one that asks for no key. */
  readonly keys?: KeyRing
  /** Requests that may wait for one model. Default 16. */
  readonly maxWaiting?: number
}

/** Bytes that fake models may take together: enough for everything but `huge`. */
const availableBytes = 1_000_000_000

/** Models that refuse in one way each, for the refusals of the routes. They are not listed. */
const trouble = ['busy', 'crowded', 'broken', 'crashing', 'failing', 'strict', 'huge', 'foreign'].flatMap((id) => {
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
  const statistics = new Statistics(now)
  const engine = createEngine({
    runtime,
    availableBytes: () => availableBytes,
    maxWaiting: options.maxWaiting ?? 16,
    onEvent: (event) => statistics.note(event),
  })
  const made = new Map<string, number>()
  const responses = options.responses ?? createFakeResponses()
  const background = new SometimesFull(16)
  return {
    models: fakeRegistry(options.entries ?? defaultEntries, trouble),
    engine: sometimesBusy(engine),
    downloads: new FakeDownloads(),
    requests: new RunningRequests(),
    statistics,
    system: createFakeSystem(),
    log: createMemoryLog(),
    about: { version: '0.1.0', startedSeconds: 1_770_000_000 - 60 },
    limits: { maxBodyBytes: 1_000_000, heartbeatSeconds: 10, ...options.limits },
    now,
    newId(prefix) {
      made.set(prefix, (made.get(prefix) ?? 0) + 1)
      return `${prefix}${made.get(prefix)}`
    },
    responses,
    background,
    keys: options.keys ?? noKeys(now),
    async [Symbol.asyncDispose]() {
      await background.stop()
      await engine[Symbol.asyncDispose]()
      responses[Symbol.dispose]()
      options.keys?.[Symbol.dispose]()
    },
  }
}

const noKeys = (now: () => number) =>
  createKeyRing({ store: createApiKeyStore({ path: inMemory, now }), given: [], isRequired: 'never', now })

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
    load: (model, request) => engine.load(model, request),
    unload: (id, request) => engine.unload(id, request),
    residents: () => engine.residents(),
    memory: () => engine.memory(),
    drain: (signal) => engine.drain(signal),
    [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose](),
  }
}
