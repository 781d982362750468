import { mount } from '../../src/http/mount.ts'
import * as routes from '../../src/http/routes.gen.ts'
import { serve } from '../../src/platform/serve.ts'
import type { WebServer } from '../../src/platform/web-server.ts'
import { createFakeServices, type FakeServices, type FakeServicesOptions } from './fake-services.ts'

/** A server on a free port of 127.0.0.1, over the fake services. */
export interface OpenServer extends AsyncDisposable {
  readonly server: WebServer
  readonly services: FakeServices
  /** Posts JSON; a string is sent as it stands. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>
}

export function openServer(options: FakeServicesOptions & { readonly idleSeconds?: number } = {}): OpenServer {
  const services = createFakeServices(options)
  const { fetch: answer } = mount(Object.values(routes), services)
  const server = serve({
    host: '127.0.0.1',
    port: 0,
    fetch: answer,
    log: services.log,
    ...(options.idleSeconds !== undefined && { idleSeconds: options.idleSeconds }),
  })
  return {
    server,
    services,
    post: (path, body, init) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
    async [Symbol.asyncDispose]() {
      await server.closeNow()
      await services[Symbol.asyncDispose]()
    },
  }
}
