import type { Provider } from '../../core/provider.ts'
import { membersOf } from '../../protocol/json-members.ts'
import { type RouteRequest, refuse } from '../define-route.ts'
import type { RouteScope } from '../hooks/authorise.ts'
import { readJsonBytes } from '../hooks/read-body.ts'
import { formModel, withFormModel } from './form-model.ts'
import { type Forwarding, forward } from './forward.ts'
import type { ForwardedReply } from './forwarded-reply.ts'
import { jsonForwarding } from './json-forwarding.ts'
import { refuseOtherModels } from './other-models.ts'
import { providerOf, refuseAbility } from './provider-of.ts'
import { refuseResponseOfOthers } from './responses-elsewhere.ts'
import { type FoundPath, findPath } from './surface.ts'
import { refuseHeldKey, upstreamNameOf } from './upstream-name.ts'

type Call = RouteRequest<{ readonly provider: string; readonly path: string }>

/** What a path of a provider asks of an API key. */
export const passedScope = (params: Readonly<Record<string, string>>, method: string): RouteScope =>
  findPath(method, params.path ?? '')?.row.scope ?? 'inference'

/**
 * Hands a request on to a path of a provider, as it came. Throws `provider_not_found`, `operation_not_offered`,
 * `key_not_allowed`, and what `forward` throws.
 */
export async function passOn(call: Call, method: 'GET' | 'POST' | 'DELETE'): Promise<ForwardedReply> {
  const { params, received } = call
  const provider = providerOf(params.provider, call.services)
  const found = findPath(method, params.path)
  refuseAbility(provider, found?.row.ability, params.path)
  if (!found) throw refuse('route_not_found', { method, path: params.path })
  const query = received.query.toString()
  const path = query === '' ? found.path : `${found.path}?${query}`
  return forward(toForwarding({ call, provider, found, path }), call)
}

interface Passing {
  readonly call: Call
  readonly provider: Provider
  readonly found: FoundPath
  readonly path: string
}

function toForwarding({ call, provider, found, path }: Passing): Forwarding {
  const { ability, method, model } = found.row
  const { caller, services } = call
  const { key } = caller
  const bytes = call.received.bytes ?? new Uint8Array()
  const plain = { provider, ability, method, path, isStreamed: false, framing: 'passed' } as const
  if (model === 'json') {
    const { value, text } = readJsonBytes(bytes)
    if (text.trimStart().startsWith('{')) refuseOtherModels(membersOf(text), key)
    if (typeof value === 'object' && value !== null && typeof (value as { model?: unknown }).model === 'string') {
      const fields = value as { readonly model: string }
      const target = { provider, name: fields.model, id: `${provider.name}/${fields.model}` }
      return {
        ...jsonForwarding({ target, ability, path, value: { ...fields }, text, key, services }),
        framing: 'passed',
      }
    }
  }
  if (model === 'form') {
    const named = formModel(bytes, call.received.headers.get('content-type'))
    if (named) {
      const id = `${provider.name}/${named.value}`
      const upstreamName = upstreamNameOf({ provider, id, name: named.value }, key)
      const body = upstreamName === named.value ? bytes : withFormModel(bytes, named, upstreamName)
      return { ...plain, body, model: { id, upstreamName } }
    }
  }
  refuseHeldKey(key, `and ${method} ${found.path} names none of them`)
  if (ability === 'responses') refuseResponseOfOthers(provider.name, found.path, services)
  return bytes.byteLength > 0 ? { ...plain, body: bytes } : plain
}
