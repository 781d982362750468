import { isIterable } from '../core/eager-iterator.ts'
import { ServerError } from '../core/errors.ts'
import type { ProblemEvent } from '../protocol/management/problem.wire.ts'
import { toErrorEvent } from '../protocol/openai/responses/error-event.ts'
import {
  isOpenAi,
  type Received,
  type Route,
  refuse,
  scopeOf,
  sharedRefusals,
  upstreamRefusals,
} from './define-route.ts'
import type { EventFraming } from './event-framing.ts'
import { openEventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { authorise, type Caller, type RouteScope } from './hooks/authorise.ts'
import { refuseForeignOrigin } from './hooks/cors.ts'
import { refuseCrossSite, refuseUnaskedPost } from './hooks/cross-site.ts'
import { refuseForeignHost } from './hooks/host-header.ts'
import { modelsOfKey } from './hooks/models-of-key.ts'
import { readBytes, readJsonBody } from './hooks/read-body.ts'
import { backgroundOfKey, responsesOfKey } from './hooks/responses-of-key.ts'
import { isMetered } from './limits/key-accounts.ts'
import { answerAnywhere } from './providers/answer-anywhere.ts'
import { ForwardedReply, WholeInstead } from './providers/forwarded-reply.ts'
import { passBytes } from './providers/pass-bytes.ts'
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
  const ownScope = scopeOf(route)
  return async (exchange, params) => {
    try {
      const scope = route.scopeFor?.(params, route.method) ?? ownScope
      const caller = authorise(exchange.request.headers, scope, exchange.services.keys)
      exchange.admit(caller, scope)
      // Whoever has a key is no page that was smuggled in.
      if (caller.isKnown && !caller.key) refuseForeignHost(exchange.request.headers, exchange.services.hosts.current)
      if (route.method === 'POST' && isMetered(scope)) exchange.beginWork()
      const { check, ...sent } = await read(exchange, params)
      const running = runningRequest(route, exchange, caller)
      const services = servicesFor(exchange, scope)
      const { work: signal } = exchange
      const { share } = caller
      const { linkPrefix } = exchange
      const request = { ...sent, signal, caller, share, services, routes, linkPrefix, refuse, running }
      const outcome = await answerAnywhere({ route, request, check, all: exchange.services })
      return await send(outcome, { route, exchange, running })
    } catch (error) {
      noteUndeclared(error, route, exchange)
      const { status, headers, body } = renderError(error, exchange, dialect)
      return exchange.reply(body, { status, headers })
    }
  }
}

/**
 * What is used is charged to the key, and what is kept is its own. A key for some models knows of no others, but whoever may read
 * how the server stands sees all of it.
 */
function servicesFor({ key, account, services }: Exchange, scope: RouteScope): Services {
  if (!key) return services
  const isHeld = key.models && (scope === 'inference' || scope === 'open')
  const { statistics } = account ?? services
  return {
    ...services,
    statistics,
    responses: responsesOfKey(services.responses, key),
    background: backgroundOfKey(services.background, key),
    ...(isHeld && { models: modelsOfKey(services.models, key) }),
  }
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

interface Sending {
  readonly route: Route
  readonly exchange: Exchange
  readonly running: RunningRequest
}

async function send(outcome: unknown, sending: Sending): Promise<Response> {
  const { exchange, route } = sending
  if (isIterable(outcome)) return streamedOrWhole(outcome, sending)
  if (outcome instanceof ForwardedReply) return sendForwarded(outcome, sending)
  return exchange.reply(outcome, outcome instanceof RawReply || !route.status ? {} : { status: route.status })
}

async function streamedOrWhole(events: AsyncIterable<unknown>, sending: Sending): Promise<Response> {
  try {
    return await streamed(events, sending)
  } catch (error) {
    if (error instanceof WholeInstead) return sendForwarded(error.reply, sending)
    throw error
  }
}

async function sendForwarded({ answer }: ForwardedReply, sending: Sending): Promise<Response> {
  const { exchange } = sending
  const { status, headers, body } = answer
  if (body.type === 'whole') return exchange.reply(new RawReply({ status, headers, body: body.bytes }))
  if (body.type === 'events') return streamed(body.events, { ...sending, framing: body.framing, headers })
  return exchange.pass(passBytes({ chunks: body.chunks, exchange, status, patienceMilliseconds }), { status, headers })
}

/** Reads what a route takes; the body is checked by who answers. Throws `ServerError`. */
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
    const { page } = exchange
    if (changesState) refuseCrossSite(exchange.request.headers, page, exchange.key !== undefined)
    if (route.method === 'POST') refuseUnaskedPost(exchange.request.headers, page)
    refuseForeignOrigin(page, exchange.request.headers)
    validate.params(params)
    validate.query(query)
    const { request, services } = exchange
    const received: Received = { headers: request.headers, query: exchange.url.searchParams, text: '' }
    const check = validate.body ?? (() => {})
    const sent = { params, query, body: undefined as unknown, received, check }
    if (!takesBody && !route.takesBytes) return sent
    const { maxBodyBytes: limitBytes, readTimeoutSeconds: silenceSeconds } = services.limits.current
    const hold = (bytes: number) => exchange.hold(bytes)
    const limits = { limitBytes, silenceSeconds, signal: exchange.work, hold }
    if (route.takesBytes) sent.received = { ...received, bytes: await readBytes(request, limits) }
    else {
      const { value, text } = await readJsonBody(request, { ...limits, isOptional: route.isBodyOptional ?? false })
      exchange.content?.ask(text)
      sent.body = value
      sent.received = { ...received, text }
    }
    // From here on it is the server that is silent, not the client.
    exchange.keepAlive()
    return sent
  }
}

/** With the framing and the headers of the answer, where they are not the route's. */
type StreamSending = Sending & { readonly framing?: EventFraming; readonly headers?: Readonly<Record<string, string>> }

async function streamed(source: AsyncIterable<unknown>, call: StreamSending): Promise<Response> {
  const { exchange, route } = call
  const framing = call.framing ?? route.framing ?? 'done'
  let status = 200
  const events = await openEventStream({
    events: source,
    signal: exchange.signal,
    comment: () => describeWork(call.running.state),
    heartbeatMilliseconds: exchange.services.limits.current.heartbeatSeconds * 1000,
    patienceMilliseconds,
    framing,
    toErrorEvent(thrown) {
      const error = thrown instanceof WholeInstead ? thrown.late() : thrown
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
    onSend: (bytes) => exchange.content?.answer(bytes),
    onEnd: (bytes) => exchange.finish({ status: exchange.hasLeft ? 499 : status, bytes }),
  })
  return exchange.stream(events, call.headers)
}

const shared: ReadonlySet<string> = new Set([...sharedRefusals, ...upstreamRefusals])

/** The compiler cannot see what the engine throws, so this is looked at when it happens. */
function noteUndeclared(error: unknown, route: Route, exchange: Exchange): void {
  if (!(error instanceof ServerError) || error.code in route.refusals || shared.has(error.code)) return
  exchange.services.log.warn('a route refused with a code that it does not declare', {
    requestId: exchange.id,
    route: route.operationId,
    code: error.code,
  })
}
