import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../../src/core/errors.ts'
import type { AccessRecord } from '../../src/http/hooks/access-log.ts'
import { mount } from '../../src/http/mount.ts'
import * as routes from '../../src/http/routes.gen.ts'
import type { ModelRegistry } from '../../src/models/registry.ts'
import { serve } from '../../src/platform/serve.ts'
import { createFakeServices } from '../fakes/fake-services.ts'
import type { LogLine } from '../fakes/memory-log.ts'
import { type RunResult, run } from '../run.ts'
import { offlineEnvironment } from './python-environment.ts'

/** What came of requests that were made up from the OpenAPI document. */
export interface FuzzReport extends RunResult {
  /** How often the routes answered with each status: `POST /v1/completions` → `200` → 12. */
  readonly statuses: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Refusals with a code that their route does not declare, and errors that nobody expected. */
  readonly problems: readonly string[]
}

export interface FuzzCall {
  /** A Python with schemathesis in it. */
  readonly python: string
  /** Requests for each operation in the phase of random ones; those of the other phases come on top. */
  readonly maxExamples: number
  readonly seed: number
  readonly timeoutMilliseconds: number
}

/** What must hold for every answer, whatever was asked. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'unsupported_method',
]

/**
 * Has schemathesis make up requests to every route, right ones and wrong ones, and compare each answer with the document.
 * The server runs in this process over the fake runtime: it is the routes that are looked at.
 */
export async function fuzzApi(call: FuzzCall): Promise<FuzzReport> {
  await using services = createFakeServices({ runtime: { contextSize: 4096 } })
  const models = withAnyName(services.models)
  const { fetch } = mount(Object.values(routes), { ...services, models })
  const server = serve({ host: '127.0.0.1', port: 0, fetch, log: services.log })
  const folder = mkdtempSync(join(tmpdir(), 'hearth-fuzz-'))
  try {
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

function commandFor({ python, maxExamples, seed }: FuzzCall, url: string): readonly [string, ...string[]] {
  // The module has no name to run it by, and where a virtual environment keeps programs differs between systems.
  const program = ['-c', 'from schemathesis.cli import schemathesis; schemathesis()', 'run', `${url}/docs/json`]
  const size = ['--max-examples', String(maxExamples), '--seed', String(seed), '--generation-database', 'none']
  const phases = ['--phases', 'examples,coverage,fuzzing', '--checks', checks.join(',')]
  return [
    python,
    ...program,
    ...size,
    ...phases,
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

/** By the method and the first two parts of the path. */
function countStatuses(lines: readonly LogLine[]): FuzzReport['statuses'] {
  const counts = new Map<string, Map<number, number>>()
  for (const { message, facts } of lines) {
    if (message !== 'request') continue
    const { method, path, status } = facts as unknown as AccessRecord
    const route = `${method} ${path.split('/').slice(0, 3).join('/')}`
    const ofRoute = counts.get(route) ?? new Map<number, number>()
    counts.set(route, ofRoute.set(status, (ofRoute.get(status) ?? 0) + 1))
  }
  return counts
}
