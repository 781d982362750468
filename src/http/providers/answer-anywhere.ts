import { openLate } from '../../core/eager-iterator.ts'
import { isGroup } from '../../core/is-group.ts'
import type { ModelKind } from '../../core/model.ts'
import type { Ability } from '../../core/provider.ts'
import { type Route, type RouteRequest, refuse } from '../define-route.ts'
import type { Services } from '../services.ts'
import { askInTurn } from './ask-in-turn.ts'
import { forward, forwardStreamed } from './forward.ts'
import { jsonForwarding } from './json-forwarding.ts'
import { PeekedEvents } from './peeked-events.ts'
import { findUpstream, splitName, type UpstreamName } from './upstream-name.ts'

/** A request whose body has not been checked yet. */
export interface UncheckedCall {
  readonly route: Route
  readonly request: RouteRequest
  /** As they are for everybody: a name is looked for among all models, and may be refused then. */
  readonly all: Services
  /** Throws where the body is none of the route's. */
  check(body: unknown): void
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Answers a request with the model that it names, be it here or at a provider, or else with one of those that may stand in for
 * it. What it gives is what a route's `handle` gives, or a `ForwardedReply`.
 */
export async function answerAnywhere(call: UncheckedCall): Promise<unknown> {
  const { route, request, check } = call
  const { upstream } = route
  if (!isGroup(request.body) || !upstream) {
    if (isGroup(request.body)) await refuseUpstream(call, request.body)
    check(request.body)
    return route.handle(request)
  }
  const { body } = request
  const target = await findUpstream(body.model, call.all)
  const { name, fallbacks } = await chainOf(call, body.model, target)
  const ask = (model: string | undefined, found: UpstreamName | undefined) =>
    found ? askProvider(call, body, found) : askHere(call, body, model)
  if (fallbacks.length === 0) return ask(undefined, target)
  const inTurn = () =>
    askInTurn({
      request,
      first: { name, ask: async () => ask(undefined, target) },
      others: fallbacks.map((name) => ({ name, ask: async () => ask(name, await findUpstream(name, call.all)) })),
    })
  if (body.stream !== true) return inTurn()
  return openLate(async () => {
    const outcome = await inTurn()
    if (outcome instanceof PeekedEvents) return outcome
    throw new TypeError('A stream was answered with something else.')
  })
}

function askHere({ route, request, check }: UncheckedCall, body: Fields, model: string | undefined): unknown {
  const own = model === undefined ? body : { ...body, model }
  check(own)
  return route.handle({ ...request, body: own })
}

function askProvider({ route, request }: UncheckedCall, body: Fields, target: UpstreamName): unknown {
  const { ability, path } = route.upstream ?? { ability: 'chat', path: '' }
  if (!target.provider.abilities.has(ability)) throw notOffered(target, path)
  if (ability === 'responses') refuseKeptBefore(body, request.services)
  const { received, caller, services } = request
  const { text } = received
  const forwarding = jsonForwarding({ target, ability, path, value: body, text, key: caller.key, services })
  return body.stream === true ? forwardStreamed(forwarding, request) : forward(forwarding, request)
}

/** A response that is kept here is known to no provider. */
function refuseKeptBefore({ previous_response_id: previous }: Fields, { responses, background }: Services): void {
  if (typeof previous !== 'string' || !(background.find(previous) || responses.get(previous))) return
  const problem = `'${previous}' is kept by this server, and the model that continues it has to run here, too; send its items in 'input' instead`
  throw refuse('invalid_parameter', { param: 'previous_response_id', problem })
}

/** A route that works with models of this machine only says so, rather than that there is none of that name. */
async function refuseUpstream({ route, all }: UncheckedCall, { model }: Fields): Promise<void> {
  if (!route.operationId.startsWith('openai.') || !splitName(model, all.providers)) return
  const target = await findUpstream(model, all)
  if (!target) return
  const ability = `be used by ${route.method} ${route.path}, which works with models of this machine only`
  throw refuse('ability_missing', { param: 'model', model: target.id, ability })
}

interface Chain {
  /** Of the model that was asked for. */
  readonly name: string
  readonly fallbacks: readonly string[]
}

/** Who is asked in turn where this model cannot answer: by the name that was sent, or else by its model's own. */
async function chainOf(call: UncheckedCall, model: unknown, target: UpstreamName | undefined): Promise<Chain> {
  const { providers } = call.all
  const sent = typeof model === 'string' ? model : undefined
  const none = { name: sent ?? '', fallbacks: [] }
  if (providers.hasFallbacks === false) return none
  const named = sent === undefined ? [] : providers.fallbacksOf(sent)
  if (named.length > 0 || target) return { ...none, fallbacks: named }
  const kind = kindOf[call.route.upstream?.ability ?? 'chat'] ?? 'chat'
  // Of a key for some models the default is one of them.
  const entry = await call.request.services.models.find(sent, kind).catch(() => undefined)
  return entry ? { name: entry.id, fallbacks: providers.fallbacksOf(entry.id) } : none
}

const kindOf: Readonly<Partial<Record<Ability, ModelKind>>> = { embeddings: 'embedding', rerank: 'reranker' }

const notOffered = ({ provider: { name, abilities } }: UpstreamName, path: string) =>
  refuse('operation_not_offered', { provider: name, path, abilities: [...abilities] })
