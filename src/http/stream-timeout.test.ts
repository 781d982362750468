import { expect, test } from 'bun:test'
import { createFakeServices } from '../../test/fakes/fake-services.ts'
import { mount } from './mount.ts'
import * as routes from './routes.gen.ts'

test('no stream is cut by the idle time-out, also where the request has no body', async () => {
  await using services = createFakeServices()
  const [kept, given] = [new Set<Request>(), new Set<Request>()]
  const keepAlive = (request: Request) => {
    kept.add(request)
    return { [Symbol.dispose]: () => void given.add(request) }
  }
  const request = new Request('http://localhost/v1/responses/resp_kept?stream=true')
  const response = await mount(Object.values(routes), services).fetch(request, { keepAlive })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(kept).toEqual(new Set([request]))
  await response.text()
  // The connection gets its time-out back.
  expect(given).toEqual(kept)
})
