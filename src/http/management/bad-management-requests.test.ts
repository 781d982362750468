import { afterAll, expect, test } from 'bun:test'
import { openServer } from '../../../test/fakes/open-server.ts'
import type { ProblemDetails } from '../../protocol/management/problem.wire.ts'

const open = openServer()
afterAll(() => open[Symbol.asyncDispose]())
const model = 'smollm2-135m-instruct'

const cases: readonly [path: string, body: unknown, field: string, detail: string][] = [
  ['/v1/models/load', {}, 'model', 'it is missing; expected the name of a model'],
  ['/v1/models/load', { model: 5 }, 'model', 'expected a non-empty string, found 5'],
  ['/v1/models/load', { model: '' }, 'model', 'expected a non-empty string, found an empty string'],
  ['/v1/models/load', { model, n_ctx: 0 }, 'n_ctx', "expected an integer of at least 1, or 'auto', found 0"],
  ['/v1/models/load', { model, n_ctxx: 5 }, 'n_ctxx', "Did you mean 'n_ctx'?"],
  ['/v1/models/load', { model, slots: 257 }, 'slots', "at most 256, or 'auto', found 257"],
  ['/v1/models/load', { model, threads: 'all' }, 'threads', "found 'all'"],
  ['/v1/models/load', { model, n_ctx: 5, ctx_size: 6 }, 'ctx_size', "'n_ctx' says 5"],
  ['/v1/models/load', { model, ctx_size: 0 }, 'ctx_size', 'found 0'],
  ['/v1/models/load', { model, model_name: 'other' }, 'model_name', 'they are one parameter'],
  ['/v1/models/load', { model, cache_type_k: 'q9' }, 'cache_type_k', "'q8_0'"],
  ['/v1/models/load', { model, lora: [{ nam: 'x' }] }, 'lora[0].name', 'it is missing'],
  ['/v1/models/load', { model, lora: [{ name: 'x', scale: 'big' }] }, 'lora[0].scale', "found 'big'"],
  ['/v1/models/load', { model, keep_alive: 'forever' }, 'keep_alive', 'a duration'],
  ['/v1/models/load', { model, stream: 'yes' }, 'stream', "expected true or false, found 'yes'"],
  ['/v1/models/unload', { model, mode: 'kill' }, 'mode', "expected one of 'wait', 'cut', found 'kill'"],
  ['/v1/models/unload', { model, all: true }, 'all', 'send one of the two'],
  ['/v1/models/select', {}, 'model', 'it is missing'],
  ['/v1/pull', { model: 'fake-chat', sha256: 'abc' }, 'sha256', 'expected 64 hexadecimal digits'],
  ['/v1/pull', { model: '  ' }, 'model', 'it is empty'],
  ['/v1/delete', {}, 'model', 'it is missing'],
  ['/v1/delete?modell=x', {}, 'modell', "Did you mean 'model'?"],
  ['/v1/delete?model=a', { model: 'b' }, 'model', "'model (query)' says a"],
  ['/v1/params', { temperature: 3 }, 'temperature', 'expected a number from 0 to 2, found 3'],
  ['/v1/params', { top_p: 0 }, 'top_p', 'found 0'],
  ['/v1/params', { max_tokens: 1.5 }, 'max_tokens', 'found 1.5'],
  ['/v1/params', { min_pp: 1 }, 'min_pp', "Did you mean 'min_p'?"],
  ['/v1/generation/stop', { ids: ['x'] }, 'ids', "Did you mean 'id'?"],
  ['/v1/resources/estimate', { model, pinned: true }, 'pinned', 'Unknown parameter'],
  ['/v1/resources/compatibility', {}, 'model', 'it is missing'],
]

test.each(cases)('%s %j is refused for %s', async (path, body, field, detail) => {
  const response = await open.post(path, body)
  const problem = (await response.json()) as ProblemDetails
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(problem.errors?.[0]?.field).toBe(field)
  expect(problem.detail).toContain(detail)
  expect(problem.request_id).toBe(response.headers.get('x-request-id') as string)
})

test.each([
  ['/v1/models/load', '{"model":', 400, 'invalid_json'],
  ['/v1/models/load', '', 400, 'invalid_json'],
  ['/v1/pull', '[]', 400, 'invalid_parameter'],
])('%s with the body %j is refused', async (path, body, status, code) => {
  const response = await open.post(path, body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
})

test('a model that is not installed is 404 with what to do', async () => {
  const response = await open.post('/v1/models/load', { model: 'catalogued' })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'model_not_installed', hint: expect.stringContaining('pull') })
})

test('what is large is refused, and not sent back', async () => {
  const large = 'x'.repeat(1e5)
  for (const [rest, field] of [
    [{ lora: [{ name: large }] }, 'lora[0].name'],
    [{ model_name: large }, 'model_name'],
  ] as const) {
    const problem = (await (await open.post('/v1/models/load', { model, ...rest })).json()) as ProblemDetails
    expect(problem.errors?.[0]?.field).toBe(field)
    expect(JSON.stringify(problem).length, field).toBeLessThan(2000)
  }
})
