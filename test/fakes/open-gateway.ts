import { createProviders } from '../../src/providers/create-providers.ts'
import { type ProviderWish, settingsOf } from '../../src/providers/settings.ts'
import type { FakeServicesOptions } from './fake-services.ts'
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from './fake-upstream.ts'
import { createMemoryLog } from './memory-log.ts'
import { type OpenServer, openServer } from './open-server.ts'

/** A server on loopback whose provider `other` is another one there. */
export interface OpenGateway extends OpenServer {
  readonly upstream: FakeUpstream
  /** POST /v1/chat/completions to the model `other/fake`, unless the body names another. */
  chat(body?: object, init?: RequestInit): Promise<Response>
}

export interface OpenGatewayOptions extends FakeServicesOptions {
  readonly upstream?: FakeUpstreamOptions
  /** Of the provider `other`, besides its address. */
  readonly wish?: Partial<ProviderWish>
  readonly more?: readonly ProviderWish[]
  readonly fallbacks?: readonly { readonly model: string; readonly to: readonly string[] }[]
}

/** Opens both. The provider is the real one, with few retries and no waits between them. */
export async function openGateway(options: OpenGatewayOptions = {}): Promise<OpenGateway> {
  const upstream = await startFakeUpstream(options.upstream)
  const wish = { name: 'other', isConfigured: true, addresses: [upstream.url], retries: 0, ...options.wish }
  const providers = createProviders({
    plan: { providers: [wish, ...(options.more ?? [])].map(settingsOf), fallbacks: options.fallbacks ?? [] },
    log: createMemoryLog(),
    proxyFor: () => undefined,
  })
  const open = openServer({ ...options, providers })
  const ask = { model: 'other/fake', messages: [{ role: 'user', content: 'Hello!' }] }
  return {
    ...open,
    upstream,
    chat: (body, init) => open.post('/v1/chat/completions', { ...ask, ...body }, init),
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]()
      providers[Symbol.dispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
