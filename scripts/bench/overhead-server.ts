import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LiveValue } from '../../src/core/live.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import { createKeyAccounts } from '../../src/http/limits/key-accounts.ts'
import { mount } from '../../src/http/mount.ts'
import { BackgroundResponses } from '../../src/http/responses/background-responses.ts'
import * as routes from '../../src/http/routes.gen.ts'
import { RunningRequests } from '../../src/http/running/running-requests.ts'
import type { Services } from '../../src/http/services.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics/metrics.ts'
import { Statistics } from '../../src/observe/statistics.ts'
import { noTraces } from '../../src/observe/traces/traces.ts'
import { serve } from '../../src/platform/serve.ts'
import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { isolate } from '../../src/runtimes/isolated/isolated-runtime.ts'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { inMemory } from '../../src/store/database.ts'
import { createKeyRing } from '../../src/store/key-ring.ts'
import { createUsageLedger } from '../../src/store/usage-ledger.ts'
import { fakeConfiguration } from '../../test/fakes/fake-configuration.ts'
import { FakeDownloads } from '../../test/fakes/fake-downloads.ts'
import { fakeEntry, fakeRegistry } from '../../test/fakes/fake-models.ts'
import { createFakeResponses } from '../../test/fakes/fake-responses.ts'
import { fakeLimits, noProviders } from '../../test/fakes/fake-services.ts'
import { createFakeSystem } from '../../test/fakes/fake-system.ts'

// The server as it is, but for its models: a fake one in a child process, whose pace is the argument. Prints its address,
// and ends when its standard input does.
const [pace = '0'] = process.argv.slice(2)
const log = createLog({ level: 'warn', format: 'json' })
const runtime = isolate({
  inner: createFakeRuntime(),
  command: () => ({
    command: [process.execPath, join(import.meta.dir, 'overhead-child.ts'), pace],
    environment: { PATH: process.env.PATH ?? '' },
  }),
  onLog: (level, message) => log[level](message),
})
const keyStore = createApiKeyStore({ path: inMemory, now: Date.now })
const metrics = new Metrics(() => true)
const statistics = new Statistics(Date.now, metrics)
const load = { contextSize: 4096, gpuLayers: 0, slots: 256, threads: 1 } as const
const services: Services = {
  models: fakeRegistry([fakeEntry({ id: 'fake', load })]),
  runtime,
  engine: createEngine({ runtime, availableBytes: () => 1e9, maxWaiting: 1024 }),
  responses: createFakeResponses(),
  background: new BackgroundResponses(16),
  keys: createKeyRing({
    store: keyStore,
    given: [],
    isRequired: 'auto',
    isForOthers: false,
    now: Date.now,
  }),
  accounts: createKeyAccounts({
    store: keyStore,
    ledger: createUsageLedger({ store: keyStore, now: Date.now, onProblem: () => {} }),
    statistics,
    defaults: () => fakeLimits,
    now: Date.now,
    clock: () => performance.now(),
  }),
  hosts: new LiveValue('any' as const),
  downloads: new FakeDownloads(),
  system: createFakeSystem(),
  requests: new RunningRequests(),
  statistics,
  metrics,
  traces: noTraces,
  log,
  about: { version: '0.1.0', startedSeconds: Date.now() / 1000 },
  limits: new LiveValue({ ...fakeLimits, maxBodyBytes: 1e7 }),
  providers: noProviders,
  configuration: fakeConfiguration,
  now: () => Date.now(),
  newId: (prefix) => prefix + randomBytes(16).toString('hex'),
}
const { fetch } = mount(Object.values(routes), services)
console.log(serve({ host: '127.0.0.1', port: 0, fetch, log }).url)
process.stdin.on('end', () => process.exit(0)).resume()
