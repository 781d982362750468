import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../../src/core/errors.ts'
import type { Providers, UpstreamAnswer, UpstreamCall } from '../../src/core/provider.ts'
import type { Route } from '../../src/http/define-route.ts'
import { frameEvent, streamEnd } from '../../src/http/event-framing.ts'
import type { AccessRecord } from '../../src/http/hooks/access-log.ts'
import { mount } from '../../src/http/mount.ts'
import { firstParts, matchPath, parsePath } from '../../src/http/route-path.ts'
import * as routes from '../../src/http/routes.gen.ts'
import type { ModelRegistry } from '../../src/models/registry.ts'
import { serve } from '../../src/platform/serve.ts'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { inMemory } from '../../src/store/database.ts'
import { createKeyRing, type KeyRing } from '../../src/store/key-ring.ts'
import { jsonAnswer, piecesAnswer } from '../fakes/fake-providers.ts'
import { createFakeServices } from '../fakes/fake-services.ts'
import type { LogLine } from '../fakes/memory-log.ts'
import { type RunResult, run } from '../run.ts'
import { offlineEnvironment } from './python-environment.ts'

/** What came of requests that were made up from the OpenAPI document. */
export interface FuzzReport extends RunResult {
  /** How often each route answered with each status: `POST /v1/models/{id}` → `200` → 12. Every route stands in it. */
  readonly statuses: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Refusals with a code that their route does not declare, and errors that nobody expected. */
  readonly problems: readonly string[]
}

export interface FuzzCall {
  /** A Python with schemathesis in it. */
  readonly python: string
  /** Requests for each operation in the phase of random ones, which 0 leaves out; those of the other phases come on top. */
  readonly maxExamples: number
  readonly seed: number
  readonly timeoutMilliseconds: number
  /** `open`: the server asks for no key. Otherwise it does, and requests bring one for everything, or none. */
  readonly access?: 'open' | 'with key' | 'without key'
  /** Whether requests also follow one another by the links of the document. */
  readonly isStateful?: boolean
}

const all: readonly Route[] = Object.values(routes)
/** For everything, on servers that ask for keys. */
const key = 'fuzz-key-for-everything-0123456789'

/** What must hold for every answer, whatever was asked. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'unsupported_method',
]

/** `DELETE /{provider}/v1/{path}` takes what looks like an undeclared method of the paths that have more to say than that. On the command line, checks would be those of every path. */
const settings = `
[checks]
enabled = false
${checks.map((name) => `${name}.enabled = true`).join('\n')}

[[operations]]
include-path-regex = "^/\\\\{provider\\\\}/"
[operations.checks]
unsupported_method.enabled = false
`

/**
 * Has schemathesis make up requests to every route, right ones and wrong ones, and compare each answer with the document.
 * The server runs in this process over the fake runtime: it is the routes that are looked at.
 */
export async function fuzzApi(call: FuzzCall): Promise<FuzzReport> {
  const keys = call.access === undefined || call.access === 'open' ? {} : { keys: createKeys() }
  await using services = createFakeServices({ runtime: { contextSize: 4096 }, ...keys })
  const models = withAnyName(services.models)
  const providers = withAnyProvider(services.providers)
  const { fetch } = mount(all, { ...services, models, providers })
  const server = serve({ host: '127.0.0.1', port: 0, fetch, log: services.log })
  const folder = mkdtempSync(join(tmpdir(), 'hearth-fuzz-'))
  try {
    writeFileSync(join(folder, 'schemathesis.toml'), settings)
    const options = { folder, environment: offlineEnvironment(), timeoutMilliseconds: call.timeoutMilliseconds }
    const result = await run(commandFor(call, server.url), options)
    const { lines } = services.log
    const problems = lines.filter(({ level }) => level === 'warn' || level === 'error')
    return {
      ...result,
      statuses: countStatuses(lines),
      problems: [...new Set(problems.map(({ message, facts }) => `${message} ${JSON.stringify(facts)}`))],
    }
  } finally {
    await server.closeNow()
    rmSync(folder, { recursive: true, force: true })
  }
}

function createKeys(): KeyRing {
  const now = () => 1_770_000_000_000
  const store = createApiKeyStore({ path: inMemory, now })
  return createKeyRing({ store, given: [key], isRequired: 'always', isForOthers: false, now })
}

function commandFor(
  { python, maxExamples, seed, access, isStateful }: FuzzCall,
  url: string,
): readonly [string, ...string[]] {
  // The module has no name to run it by, and where a virtual environment keeps programs differs between systems.
  const program = ['-c', 'from schemathesis.cli import schemathesis; schemathesis()', 'run', `${url}/docs/json`]
  const size = [
    '--max-examples',
    String(Math.max(1, maxExamples)),
    '--seed',
    String(seed),
    '--generation-database',
    'none',
  ]
  const names = ['examples', 'coverage', ...(maxExamples > 0 ? ['fuzzing'] : []), ...(isStateful ? ['stateful'] : [])]
  const phases = ['--phases', names.join(',')]
  const headers = access === 'with key' ? ['--header', `Authorization: Bearer ${key}`] : []
  return [
    python,
    ...program,
    ...size,
    ...phases,
    ...headers,
    '--continue-on-failure',
    '--no-shrink',
    '--no-color',
    '--warnings=off',
  ]
}

/** Made-up names are models too: otherwise nearly every answer would be that there is no such model. */
function withAnyName<M extends ModelRegistry>(models: M): M {
  return {
    ...models,
    find: (name, kind) =>
      models.find(name, kind).catch((error) => {
        if (error instanceof ServerError && error.code === 'model_not_found') return models.find(undefined, kind)
        throw error
      }),
  }
}

/** A made-up provider is the one of the examples, and for the same reason. */
function withAnyProvider(providers: Providers): Providers {
  const example = providers.find('example')
  const answering = example && {
    ...example,
    send: async (call: UpstreamCall) => asOurs(call, await example.send(call)),
  }
  return {
    ...providers,
    find(name) {
      if (name === 'example') return answering
      return providers.find(name) ?? (/^[a-z][a-z0-9-]*$/.test(name) ? answering : undefined)
    },
  }
}

/**
 * Answers of other servers come through as they are, and may have less in them than the document says of this one's. Here
 * they are as this one's.
 */
function asOurs(call: UpstreamCall, answer: UpstreamAnswer): UpstreamAnswer {
  const route = all.find(({ upstream }) => upstream?.path === call.path)
  const example = route?.examples.find(({ reply, events }) => (call.isStreamed ? events : reply))
  if (!route || !example) return answer
  answer.body.cancel()
  if (!call.isStreamed) return jsonAnswer(example.reply)
  const framing = route.framing ?? 'done'
  const frames = (example.events ?? []).map((event) => frameEvent(event, framing))
  return piecesAnswer([...frames, ...(framing === 'done' ? [streamEnd.done] : [])])
}

function countStatuses(lines: readonly LogLine[]): FuzzReport['statuses'] {
  const taken = firstParts(all.map(({ path }) => path))
  const paths = all.map((route) => ({ route, path: parsePath(route.path, taken) }))
  const counts = new Map(paths.map(({ route, path }) => [nameOf(route.method, path), new Map<number, number>()]))
  for (const { message, facts } of lines) {
    if (message !== 'request') continue
    const { method, path, status } = facts as unknown as AccessRecord
    // The most exact one is the one that has answered.
    const [found] = paths
      .filter((known) => known.route.method === method && matchPath(known.path, path))
      .sort((a, b) => exactness(b.path) - exactness(a.path))
    if (!found) continue
    const ofRoute = counts.get(nameOf(method, found.path)) ?? new Map<number, number>()
    ofRoute.set(status, (ofRoute.get(status) ?? 0) + 1)
  }
  return counts
}

const nameOf = (method: string, { template }: { readonly template: string }) => `${method} ${template}`

/** How much of a path is said, and not left open. */
const exactness = ({ template }: { readonly template: string }) => template.replace(/\{\w+\}/g, '').length
