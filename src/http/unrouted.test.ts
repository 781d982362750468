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
