import { expect, test } from 'bun:test'
import { createFakeServices } from '../../test/fakes/fake-services.ts'
import { mount } from './mount.ts'
import * as routes from './routes.gen.ts'

const ask = async (method: string, path: string) => {
  await using services = createFakeServices()
  const response = await mount(Object.values(routes), services).fetch(
    new Request(`http://localhost${path}`, { method }),
  )
  return { type: response.headers.get('content-type'), body: (await response.json()) as Record<string, unknown> }
}

test.each([
  ['POST', '/health', 'method_not_allowed'],
  ['GET', '/health/live', 'route_not_found'],
  ['DELETE', '/docs/json', 'method_not_allowed'],
])('%s %s is refused with problem details', async (method, path, code) => {
  const { type, body } = await ask(method, path)
  expect(type).toBe('application/problem+json')
  expect(body).toMatchObject({ code, instance: path })
})

test.each([
  ['GET', '/v1/chat/completions', 'method_not_allowed'],
  ['POST', '/v1/chat/completions/x', 'route_not_found'],
  ['PUT', '/v1/nonsense', 'route_not_found'],
  ['GET', '/nonsense', 'route_not_found'],
  ['POST', '/v1/models/some/model', 'method_not_allowed'],
])("%s %s is refused in OpenAI's envelope", async (method, path, code) => {
  const { type, body } = await ask(method, path)
  expect(type).toBe('application/json')
  expect(body).toMatchObject({ error: { code } })
})

test.each([
  ['POST', '/chat/completions', '/v1/chat/completions'],
  ['GET', '/models', '/v1/models'],
  ['POST', '/v1/v1/embeddings', '/v1/embeddings'],
  ['POST', '/v1/chat/completions/chat/completions', '/v1/chat/completions'],
  ['POST', '/v1//chat/completions', '/v1/chat/completions'],
  ['POST', '/mine/chat/completions', '/mine/v1/chat/completions'],
  ['GET', '/api/v0/models', '/v1/models'],
  ['GET', '/api/tags', '/v1/models'],
  ['POST', '/api/chat', '/v1/chat/completions'],
  ['POST', '/v1/audio/transcriptions', '/{provider}/v1/audio/transcriptions'],
])('%s %s is told what was most likely meant', async (method, path, near) => {
  const { body } = await ask(method, path)
  const { error } = body as { error: { code: string; message: string; hint: string } }
  expect(error.code).toBe('route_not_found')
  expect(error.message).toContain(`Did you mean '${near}'`)
  expect(error.hint).toContain('ends with /v1')
})

test.each([
  ['GET', '/v1/nonsense'],
  ['GET', '/wp-login.php'],
  ['POST', `/${'a/'.repeat(2000)}chat/completions`],
])('%s %s leads nowhere near', async (method, path) => {
  expect(JSON.stringify((await ask(method, path)).body)).not.toContain('Did you mean')
})
