import { ServerError } from '../core/errors.ts'
import { toErrorEvent } from '../protocol/openai/responses/error-event.ts'
import { type Route, refuse, sharedRefusals } from './define-route.ts'
import { openEventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { readJsonBody } from './hooks/read-body.ts'
import { shareOf } from './hooks/share-of.ts'
import { renderError } from './render-error.ts'
import { compileValidation, type Validate } from './validate.ts'

/** Answers one request with a route. Never throws. */
export type Answer = (exchange: Exchange, params: Readonly<Record<string, string>>) => Promise<Response>

/** Time that a reader may leave a full stream alone. */
const patienceMilliseconds = 60_000

/** Compiles a route's schemas, and gives what answers its requests. */
export function answerWith(route: Route, routes: readonly Route[]): Answer {
  const read = compileRead(route)
  return async (exchange, params) => {
    try {
      const sent = await read(exchange, params)
      let state = 'waiting'
      const outcome = route.handle({
        ...sent,
        signal: exchange.signal,
        share: shareOf(exchange.request.headers),
        services: exchange.services,
        routes,
        refuse,
        wait: (next) => {
          state = next
        },
      })
      if (!isIterable(outcome)) return exchange.reply(await outcome)
      return await streamed({ route, exchange, events: outcome, comment: () => state })
    } catch (error) {
      noteUndeclared(error, route, exchange)
      const { status, headers, body } = renderError(error, exchange)
      return exchange.reply(body, { status, headers })
    }
  }
}

/** Reads what a route takes, and checks it. Throws `ServerError`. */
function compileRead(route: Route) {
  const takesBody = !('not' in route.body)
  const validate = {
    params: compileValidation(route.params, 'path'),
    query: compileValidation(route.query, 'query'),
    body: takesBody ? compileValidation(route.body, 'body') : undefined,
  } satisfies Record<string, Validate | undefined>
  return async (exchange: Exchange, params: Readonly<Record<string, string>>) => {
    const query = Object.fromEntries(exchange.url.searchParams)
    validate.params(params)
    validate.query(query)
    if (!validate.body) return { params, query, body: undefined }
    const body = await readJsonBody(exchange.request, exchange.services.limits.maxBodyBytes)
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
  comment: () => string
}): Promise<Response> {
  const { exchange, route } = call
  const framing = route.framing ?? 'done'
  let status = 200
  const events = await openEventStream({
    events: call.events,
    signal: exchange.signal,
    comment: call.comment,
    heartbeatMilliseconds: exchange.services.limits.heartbeatSeconds * 1000,
    patienceMilliseconds,
    framing,
    toErrorEvent(error) {
      noteUndeclared(error, route, exchange)
      const rendered = renderError(error, exchange)
      status = rendered.status
      return framing === 'named' ? toErrorEvent(rendered.body) : rendered.body
    },
    onLeave: (reason) => exchange.leave(reason),
    onEnd: (bytes) => exchange.finish({ status: exchange.signal.aborted ? 499 : status, bytes }),
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
