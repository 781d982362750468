import { ServerError } from '../core/errors.ts'
import type { ProblemEvent } from '../protocol/management/problem.wire.ts'
import { toErrorEvent } from '../protocol/openai/responses/error-event.ts'
import { isOpenAi, type Route, refuse, scopeOf, sharedRefusals } from './define-route.ts'
import { openEventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { authorise, type Caller, type RouteScope } from './hooks/authorise.ts'
import { refuseCrossSite, refuseUnaskedPost } from './hooks/cross-site.ts'
import { refuseForeignHost } from './hooks/host-header.ts'
import { modelsOfKey } from './hooks/models-of-key.ts'
import { readJsonBody } from './hooks/read-body.ts'
import { RawReply } from './raw-reply.ts'
import { type ErrorDialect, openAiErrors, problemDetails, renderError } from './render-error.ts'
import { RunningRequest } from './running/running-request.ts'
import { describeWork } from './running/work-state.ts'
import type { Services } from './services.ts'
import { compileValidation, type Validate } from './validate.ts'

/** Answers one request with a route. Never throws. */
export type Answer = (exchange: Exchange, params: Readonly<Record<string, string>>) => Promise<Response>

/** Time that a reader may leave a full stream alone. */
const patienceMilliseconds = 60_000

/** Compiles a route's schemas, and gives what answers its requests. */
export function answerWith(route: Route, routes: readonly Route[]): Answer {
  const read = compileRead(route)
  const dialect: ErrorDialect = isOpenAi(route) ? openAiErrors : problemDetails
  const scope = scopeOf(route)
  return async (exchange, params) => {
    try {
      const caller = authorise(exchange.request.headers, scope, exchange.services.keys)
      exchange.admit(caller, scope)
      // Whoever has a key is no page that was smuggled in.
      if (caller.isKnown && !caller.key) refuseForeignHost(exchange.request.headers, exchange.services.hosts.current)
      const sent = await read(exchange, params)
      const running = runningRequest(route, exchange, caller)
      const services = servicesFor(exchange, scope)
      const { work: signal } = exchange
      const { share } = caller
      const outcome = route.handle({ ...sent, signal, caller, share, services, routes, refuse, running })
      if (isIterable(outcome)) return await streamed({ route, exchange, events: outcome, running })
      const reply = await outcome
      return exchange.reply(reply, reply instanceof RawReply || !route.status ? {} : { status: route.status })
    } catch (error) {
      noteUndeclared(error, route, exchange)
      const { status, headers, body } = renderError(error, exchange, dialect)
      return exchange.reply(body, { status, headers })
    }
  }
}

/**
 * What is used is charged to the key. A key for some models knows of no others, but whoever may read how the server stands sees
 * all of it.
 */
function servicesFor({ key, account, services }: Exchange, scope: RouteScope): Services {
  if (!key) return services
  const isHeld = key.models && (scope === 'inference' || scope === 'open')
  const { statistics } = account ?? services
  return { ...services, statistics, ...(isHeld && { models: modelsOfKey(services.models, key) }) }
}

function runningRequest({ operationId }: Route, exchange: Exchange, { share }: Caller): RunningRequest {
  const running = new RunningRequest({
    id: exchange.id,
    operation: operationId,
    share,
    startedAt: exchange.services.now(),
    stop: (reason) => exchange.stop(reason),
  })
  exchange.track(running)
  return running
}

/** Reads what a route takes, and checks it. Throws `ServerError`. */
function compileRead(route: Route) {
  const takesBody = !('not' in route.body)
  const changesState = route.changesState || (route.method !== 'GET' && !isOpenAi(route))
  const validate = {
    params: compileValidation(route.params, 'path'),
    query: compileValidation(route.query, 'query'),
    body: takesBody ? compileValidation(route.body, 'body') : undefined,
  } satisfies Record<string, Validate | undefined>
  return async (exchange: Exchange, params: Readonly<Record<string, string>>) => {
    const query = exchange.url.search === '' ? {} : Object.fromEntries(exchange.url.searchParams)
    if (changesState) refuseCrossSite(exchange.request.headers)
    if (route.method === 'POST') refuseUnaskedPost(exchange.request.headers)
    validate.params(params)
    validate.query(query)
    if (!validate.body) return { params, query, body: undefined }
    const { request, services } = exchange
    const { isBodyOptional = false } = route
    const body = await readJsonBody(request, {
      limitBytes: services.limits.current.maxBodyBytes,
      isOptional: isBodyOptional,
    })
    validate.body(body)
    // From here on it is the server that is silent, not the client.
    exchange.keepAlive()
    return { params, query, body }
  }
}

async function streamed(call: {
  route: Route
  exchange: Exchange
  events: AsyncIterable<unknown>
  running: RunningRequest
}): Promise<Response> {
  const { exchange, route } = call
  const framing = route.framing ?? 'done'
  let status = 200
  const events = await openEventStream({
    events: call.events,
    signal: exchange.signal,
    comment: () => describeWork(call.running.state),
    heartbeatMilliseconds: exchange.services.limits.current.heartbeatSeconds * 1000,
    patienceMilliseconds,
    framing,
    toErrorEvent(error) {
      noteUndeclared(error, route, exchange)
      if (!isOpenAi(route)) {
        const rendered = renderError(error, exchange, problemDetails)
        status = rendered.status
        return { type: 'error', problem: rendered.body } satisfies ProblemEvent
      }
      const rendered = renderError(error, exchange, openAiErrors)
      status = rendered.status
      return framing === 'named' ? toErrorEvent(rendered.body) : rendered.body
    },
    onLeave: (reason) => exchange.leave(reason),
    onEnd: (bytes) => exchange.finish({ status: exchange.hasLeft ? 499 : status, bytes }),
  })
  return exchange.stream(events)
}

const isIterable = (outcome: object): outcome is AsyncIterable<unknown> => Symbol.asyncIterator in outcome

const shared: ReadonlySet<string> = new Set(sharedRefusals)

/** The compiler cannot see what the engine throws, so this is looked at when it happens. */
function noteUndeclared(error: unknown, route: Route, exchange: Exchange): void {
  if (!(error instanceof ServerError) || error.code in route.refusals || shared.has(error.code)) return
  exchange.services.log.warn('a route refused with a code that it does not declare', {
    requestId: exchange.id,
    route: route.operationId,
    code: error.code,
  })
}
