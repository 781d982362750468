import { type TObject, type TSchema, Type as t } from '@sinclair/typebox'
import type { Ability } from '../../core/provider.ts'
import { ForwardedAnswer, ForwardedRequest } from '../../protocol/openai/upstream.wire.ts'
import { defineRoute, type Route, type RouteExample } from '../define-route.ts'
import { forward, forwardStreamed } from './forward.ts'
import { jsonForwarding } from './json-forwarding.ts'
import { providerOf, refuseAbility } from './provider-of.ts'

/** One of OpenAI's operations with a model, as every provider may have it. */
export interface ForwardingRoute {
  readonly ability: Ability
  /** Behind `/{provider}/v1/`. */
  readonly path: string
  readonly operationId: `providers.${string}`
  readonly summary: string
  /** What the operation needs besides the name of a model. */
  readonly fields: TObject
  /** A body that names no model, for the examples. */
  readonly question: object
  readonly reply: unknown
  /** Of an operation that streams. */
  readonly events?: readonly [object, ...object[]]
}

export const providerParam = t.String({ description: 'The name of a provider; GET /v1/providers lists them.' })

/** The route that hands such an operation on to the provider in its path. */
export function forwardingRoute(given: ForwardingRoute): Route {
  const { ability, path, question, reply, events } = given
  const params = { provider: 'example' }
  const send = { model: 'small', ...question }
  const body: TSchema = t.Composite([ForwardedRequest, given.fields])
  const event: TSchema = events ? ForwardedAnswer : t.Never()
  return defineRoute({
    method: 'POST',
    path: `/{provider}/v1/${path}`,
    operationId: given.operationId,
    summary: given.summary,
    description: `The request goes to the provider as it came, with every field, and its answer comes back as it is: only the name of the
model is the provider's own there, and fields of its head that are about its connection are left out. \`x-hearth-model\` and
\`x-hearth-provider\` say who has answered. The same model can be asked by its name \`provider/model\` at /v1/${path}.`,
    params: t.Object({ provider: providerParam }),
    query: t.Object({}),
    body,
    reply: ForwardedAnswer,
    event,
    ...(ability === 'responses' && { framing: 'named' as const }),
    examples: examplesOf({ params, send, reply, events }) as never,
    refusals: refusalsOf(send),
    async handle({ params, ...call }) {
      const provider = providerOf(params.provider, call.services)
      refuseAbility(provider, ability, path)
      const value = call.body as Readonly<Record<string, unknown>> & { readonly model: string }
      const { model } = value
      const target = { provider, name: model, id: `${provider.name}/${model}` }
      const { received, caller, services } = call
      const { text, query } = received
      const asked = query.size === 0 ? path : `${path}?${query}`
      const forwarding = jsonForwarding({ target, ability, path: asked, value, text, key: caller.key, services })
      return forwarding.isStreamed ? forwardStreamed(forwarding, call) : forward(forwarding, call)
    },
  })
}

/** One for each model of the example provider that is told to fail. */
function refusalsOf(send: object) {
  const refused = (provider: string, model = 'small') => ({ params: { provider }, send: { ...send, model } })
  return {
    provider_not_found: refused('absent'),
    operation_not_offered: refused('silent'),
    provider_not_configured: refused('keyless'),
    upstream_rejected: refused('example', 'rejected'),
    upstream_model_not_found: refused('example', 'absent'),
    upstream_overloaded: refused('example', 'overloaded'),
    upstream_key_refused: refused('example', 'unpaid'),
    upstream_failed: refused('example', 'failing'),
    upstream_unreachable: refused('example', 'unreachable'),
    upstream_unavailable: refused('example', 'resting'),
    upstream_timeout: refused('example', 'slow'),
    upstream_broken: refused('example', 'broken'),
  }
}

function examplesOf(given: {
  readonly params: object
  readonly send: object
  readonly reply: unknown
  readonly events: ForwardingRoute['events']
}): readonly [RouteExample, ...RouteExample[]] {
  const { params, send, reply, events } = given
  const whole = { name: 'a whole answer', params, send, reply }
  return events ? [whole, { name: 'a stream', params, send: { ...send, stream: true }, events }] : [whole]
}
