import type { UpstreamCall } from '../core/provider.ts'
import type { ProviderSettings } from './settings.ts'

/** What belongs to the client's connection, or is the client's secret, and never goes on. */
const kept = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'host', 'connection', 'keep-alive'],
  ...[
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'content-length',
    'accept-encoding',
  ],
])

interface HeaderInput {
  readonly call: UpstreamCall
  readonly settings: Pick<ProviderSettings, 'headers' | 'keyHeader'>
  readonly key: string | undefined
}

/** The headers of a request to a provider: the caller's, over them those of the configuration, and the provider's own key. Pure. */
export function requestHeaders({ call, settings, key }: HeaderInput): Headers {
  const headers = new Headers({
    accept: call.isStreamed ? 'text/event-stream' : 'application/json',
    'user-agent': 'hearth',
  })
  for (const [name, value] of Object.entries(call.headers))
    if (!kept.has(name.toLowerCase()) && isSendable(value)) headers.set(name, value)
  for (const [name, value] of Object.entries(settings.headers)) headers.set(name, value)
  headers.set('x-request-id', call.requestId)
  // What is packed could not be handed on as it comes.
  headers.set('accept-encoding', 'identity')
  if (key !== undefined) headers.set(settings.keyHeader ?? 'authorization', settings.keyHeader ? key : `Bearer ${key}`)
  return headers
}

/** What no header can carry would count as a failure of the provider. */
const isSendable = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
