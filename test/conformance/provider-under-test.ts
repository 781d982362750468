import type { ServerError } from '../../src/core/errors.ts'
import type { Provider, UpstreamAnswer, UpstreamCall } from '../../src/core/provider.ts'
import { createProvider } from '../../src/providers/create-provider.ts'
import { type ProviderWish, settingsOf } from '../../src/providers/settings.ts'
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../fakes/fake-upstream.ts'
import { createFakeWorld, type FakeWorld } from '../fakes/fake-world.ts'
import { createMemoryLog, type MemoryLog } from '../fakes/memory-log.ts'
import type { UpstreamKind } from '../fakes/upstream-shapes.ts'

/** What a provider brings to be tested. */
export interface ProviderUnderTest {
  /** By which a preset is found; any other name is one of config.yaml. */
  readonly name: string
  /** Whose shapes it gets. */
  readonly kind: UpstreamKind
}

/** A key that must stand nowhere but in the header of the request. */
export const plantedKey = 'csk-planted-0123456789abcdef'

/** A provider, the server that it asks, and what it did. */
export interface OpenProvider extends AsyncDisposable {
  readonly provider: Provider
  readonly upstream: FakeUpstream
  readonly world: FakeWorld
  readonly log: MemoryLog
}

interface OpenOptions {
  readonly wish?: Partial<ProviderWish>
  readonly fake?: FakeUpstreamOptions
  readonly chance?: number
}

/** A provider at a fake server of its kind, with the key that it wants. */
export async function openProvider(
  { name, kind }: ProviderUnderTest,
  { wish = {}, fake = {}, chance }: OpenOptions = {},
): Promise<OpenProvider> {
  const upstream = await startFakeUpstream({ kind, key: plantedKey, ...fake })
  const world = createFakeWorld(chance)
  const log = createMemoryLog()
  const settings = settingsOf({
    name,
    isConfigured: true,
    addresses: [upstream.url],
    key: { type: 'value', value: plantedKey },
    ...wish,
  })
  const owned = createProvider({ settings, world, log, proxyFor: () => undefined })
  return {
    provider: owned.provider,
    upstream,
    world,
    log,
    async [Symbol.asyncDispose]() {
      owned[Symbol.dispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** A chat completion, to be changed where a test wants something else. */
export function chatCall(
  changes: Partial<UpstreamCall> & { readonly sent?: Readonly<Record<string, unknown>> } = {},
): UpstreamCall {
  const { sent, ...rest } = changes
  const body = {
    model: 'fake',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: rest.isStreamed ?? false,
    ...sent,
  }
  return {
    method: 'POST',
    path: 'chat/completions',
    model: String(body.model),
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(body)),
    isStreamed: false,
    requestId: 'request-1',
    signal: new AbortController().signal,
    ...rest,
  }
}

/** All that is still to come of an answer. */
export async function textOf(answer: Pick<UpstreamAnswer, 'body'>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for (let bytes = await answer.body.read(); bytes; bytes = await answer.body.read())
    text += decoder.decode(bytes, { stream: true })
  return text
}

/** What it was refused with. */
export async function refusal(work: Promise<unknown>): Promise<ServerError> {
  try {
    await work
  } catch (error) {
    return error as ServerError
  }
  throw new Error('It was not refused')
}
