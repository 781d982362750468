import type { ServerError } from '../../core/errors.ts'
import type { RequestTrace, SpanFacts } from '../../observe/traces/traces.ts'
import { pathText } from '../hooks/path-text.ts'
import type { Services } from '../services.ts'

interface ComingRequest {
  readonly request: Request
  readonly path: string
  /** By `performance.now()`. */
  readonly began: number
  readonly services: Services
}

/** A request has come: it is counted, and its trace begins where traces are made. */
export function observeBegin({ request, path, began, services }: ComingRequest): RequestTrace | undefined {
  services.metrics.began()
  return services.traces.begin({
    traceparent: request.headers.get('traceparent'),
    tracestate: request.headers.get('tracestate'),
    began,
    facts: { 'http.request.method': request.method, 'url.path': pathText(path) },
  })
}

interface AnsweredRequest extends ComingRequest {
  readonly id: string
  readonly trace: RequestTrace | undefined
  /** As the route is defined; absent where there is none. */
  readonly route: string | undefined
  readonly status: number
  /** The model that it is counted for. */
  readonly model: string | undefined
  readonly share: string | undefined
  /** The id of its API key. */
  readonly key: string | undefined
  readonly error: ServerError | undefined
}

/** It has been answered. */
export function observeEnd(answered: AnsweredRequest): void {
  const { services, trace, began, status, model, share, route } = answered
  const { method } = answered.request
  const ended = performance.now()
  services.metrics.answered({ route, method, status, milliseconds: ended - began, model, share })
  if (!trace) return
  const name = route === undefined ? method : `${method} ${route}`
  // By the conventions of HTTP what a client has done wrong is no error of the server's.
  const error = status >= 500 ? (answered.error?.code ?? String(status)) : undefined
  trace.end({ name, ended, facts: trace.isSampled ? serverFacts(answered) : {}, error })
}

/** By OpenTelemetry's semantic conventions of HTTP servers; what was asked behind the path is nobody's business. */
function serverFacts({ request, path, route, status, id, model, key, error }: AnsweredRequest): SpanFacts {
  const host = hostOf(request)
  return {
    'http.request.method': request.method,
    'http.route': route,
    'http.response.status_code': status,
    'url.path': pathText(path),
    'url.scheme': new URL(request.url).protocol.slice(0, -1),
    'server.address': host?.hostname,
    'server.port': host?.port ? Number(host.port) : undefined,
    'user_agent.original': request.headers.get('user-agent') ?? undefined,
    'gen_ai.request.model': model,
    'hearth.request.id': id,
    'hearth.key.id': key,
    'hearth.error.code': error?.code,
  }
}

function hostOf(request: Request): URL | undefined {
  const text = `http://${request.headers.get('host') ?? ''}`
  return URL.canParse(text) ? new URL(text) : undefined
}
