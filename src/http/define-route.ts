import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { type ErrorCode, type Facts, ServerError } from '../core/errors.ts'
import type { Ability } from '../core/provider.ts'
import type { EventFraming } from './event-framing.ts'
import type { Caller, RouteScope } from './hooks/authorise.ts'
import type { RunningRequest } from './running/running-request.ts'
import type { Services } from './services.ts'

type AtLeastOne<T> = readonly [T, ...T[]]
type Method = 'GET' | 'POST' | 'DELETE'

/** Refusals of whoever may not come in. A route that is open to everybody gives those alone that are about browsers. */
export const doorRefusals = [
  'key_missing',
  'invalid_api_key',
  'key_expired',
  'key_not_allowed',
  'host_not_allowed',
  'origin_not_allowed',
  'cross_site_refused',
  'keys_unavailable',
  'rate_limited',
] as const satisfies readonly ErrorCode[]

/** Refusals that every route may give, and that are tested once for all of them. */
export const sharedRefusals = [
  ...doorRefusals,
  'invalid_json',
  'invalid_parameter',
  'unknown_parameter',
  'body_too_large',
  'body_timeout',
  'unsupported_media_type',
  'shutting_down',
  'too_many_requests',
  'too_much_at_once',
  'request_timeout',
  'request_stopped',
  'model_unloaded',
  'native_libraries_unusable',
  'gpu_required',
  'model_unusable',
  'request_cancelled',
  'internal',
] as const satisfies readonly ErrorCode[]

/** Refusals of a route that hands requests on, that are tested once for all of them. */
export const upstreamRefusals = [
  'ability_missing',
  'operation_not_offered',
  'provider_not_configured',
  'upstream_rejected',
  'upstream_model_not_found',
  'upstream_not_found',
  'upstream_overloaded',
  'upstream_key_refused',
  'upstream_failed',
  'upstream_broken',
  'upstream_unreachable',
  'upstream_unavailable',
  'upstream_timeout',
] as const satisfies readonly ErrorCode[]

/** What a client sends. A schema of `t.Never()` takes no body; one without fields takes no parameters. */
type Sent<Params extends TObject, Query extends TObject, Body extends TSchema> = ([keyof Static<Params>] extends [never]
  ? { readonly params?: undefined }
  : { readonly params: Static<Params> }) &
  ([Static<Body>] extends [never] ? { readonly send?: undefined } : { readonly send: Static<Body> }) & {
    readonly query?: Static<Query>
  }

/** What comes back: JSON, events, or, of a `RawReply`, its status, its media type and some text that it contains. */
type Answered<Reply extends TSchema, Event extends TSchema> =
  | { readonly reply: Static<Reply> }
  | { readonly events: AtLeastOne<Static<Event>> }
  | { readonly raw: { readonly status: number; readonly mediaType: string; readonly contains: string } }

/** One endpoint, whole: what it is called, what it takes, what it gives, how it fails, and proof of each. */
export interface RouteDefinition<
  Params extends TObject,
  Query extends TObject,
  Body extends TSchema,
  Reply extends TSchema,
  Event extends TSchema,
  Codes extends ErrorCode,
> {
  readonly method: Method
  /** `{name}` stands for one part of the path, `{name...}` at the end for all the rest of it. */
  readonly path: `/${string}`
  /** The dialect or subject, and the operation. */
  readonly operationId: `${'openai' | 'models' | 'system' | 'providers'}.${string}`
  /**
   * What it asks of an API key, where keys are asked for. Absent: `inference` of OpenAI's routes, `read` of a GET that changes
   * nothing, `admin` of all others.
   */
  readonly scope?: RouteScope
  readonly summary: string
  /** Markdown. */
  readonly description: string
  readonly params: Params
  readonly query: Query
  /** `t.Never()` for a route that takes no body. */
  readonly body: Body
  /** The body is kept as bytes, whatever it is (`received.bytes`), and `body` is not looked at. */
  readonly takesBytes?: true
  /** What one of its paths asks of an API key, where that is not `scope` for all of them. */
  readonly scopeFor?: (params: Readonly<Record<string, string>>, method: string) => RouteScope
  /** No body at all is the same as an object without fields. */
  readonly isBodyOptional?: true
  readonly reply: Reply
  /**
   * What is asked of a provider where the body's `model` names one of its models: the request goes there as it came, and the
   * schemas of this route do not hold for it. Absent: the route knows models of this machine only.
   */
  readonly upstream?: { readonly ability: Ability; readonly path: string }
  /** HTTP status of a reply that is JSON. Absent: 200. */
  readonly status?: 202
  /** Whether a GET changes something: pages of other sites are refused then, as they are for other methods. */
  readonly changesState?: true
  /** Schema of one server-sent event; `t.Never()` for a route that does not stream. */
  readonly event: Event
  /** Absent: `done`. Events of a `named` stream have a `type`. */
  readonly framing?: EventFraming
  /** Published in the OpenAPI document, and replayed by `routes.test.ts`. */
  readonly examples: AtLeastOne<
    { readonly name: string } & Sent<NoInfer<Params>, NoInfer<Query>, NoInfer<Body>> &
      Answered<NoInfer<Reply>, NoInfer<Event>>
  >
  /** One replayable case for each way in which this route refuses; the keys are the only codes that `refuse` takes. */
  readonly refusals: {
    readonly [Code in Codes]: { readonly params?: Static<Params>; readonly query?: unknown; readonly send?: unknown }
  }
  /** A promise is answered as JSON (or a `RawReply`), an iterable as server-sent events. May throw `ServerError`. */
  handle(
    request: RouteRequest<Static<Params>, Static<Query>, Static<Body>, Codes>,
  ): Promise<Static<Reply>> | AsyncIterable<Static<Event>>
}

/** What a client has sent, as it came. */
export interface Received {
  readonly headers: Headers
  readonly query: URLSearchParams
  /** A body of JSON; empty where there is none. */
  readonly text: string
  /** Any body, of a route that takes bytes. */
  readonly bytes?: Uint8Array
}

/** One request, checked against the schemas of its route. */
export interface RouteRequest<Params = unknown, Query = unknown, Body = unknown, Codes extends ErrorCode = ErrorCode> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly received: Received
  /** Aborts when the client has left, and when the request is stopped; then with a `ServerError` as the reason. */
  readonly signal: AbortSignal
  readonly caller: Caller
  /** Who pays for it: shares get equal parts of each model. */
  readonly share: string
  readonly services: Services
  /** Every route of this server. */
  readonly routes: readonly Route[]
  /** What stands before a path in links for this client: where a reverse proxy has the server. Empty: nothing. */
  readonly linkPrefix: string
  /** What is told of the request while it works with a model; a stream that is silent tells it in its next comment. */
  readonly running: RunningRequest
  /** Builds a declared refusal; `throw refuse(…)` shows the way out to the reader and to the compiler. */
  refuse<Code extends Codes>(code: Code, facts: Facts<Code>): ServerError<Code>
}

/** Which dialect a route speaks: OpenAI's routes, and those that hand requests on, have its envelope for errors, all others problem details. */
export const isOpenAi = ({ operationId }: Pick<Route, 'operationId'>): boolean =>
  /^(openai|providers)\./.test(operationId)

/** What a route asks of an API key. */
export function scopeOf({ scope, method, operationId, changesState }: Route): RouteScope {
  if (scope) return scope
  if (isOpenAi({ operationId })) return 'inference'
  return method === 'GET' && !changesState ? 'read' : 'admin'
}

/** A definition as the rest of the server reads it: the types of its schemas are checked and gone. */
export interface Route extends Omit<RouteDefinition<TObject, TObject, TSchema, TSchema, TSchema, never>, Erased> {
  readonly examples: readonly RouteExample[]
  readonly refusals: Readonly<Partial<Record<ErrorCode, Omit<RouteExample, 'name' | 'reply' | 'events' | 'raw'>>>>
  handle(request: RouteRequest): Promise<unknown> | AsyncIterable<unknown>
}
type Erased = 'examples' | 'refusals' | 'handle'

export interface RouteExample {
  readonly name: string
  readonly params?: unknown
  readonly query?: unknown
  readonly send?: unknown
  readonly reply?: unknown
  readonly events?: readonly unknown[]
  readonly raw?: { readonly status: number; readonly mediaType: string; readonly contains: string }
}

/** Checks a definition at compile time and gives it back: leaving anything out does not compile. */
export function defineRoute<
  Params extends TObject,
  Query extends TObject,
  Body extends TSchema,
  Reply extends TSchema,
  Event extends TSchema,
  const Codes extends ErrorCode,
>(route: RouteDefinition<Params, Query, Body, Reply, Event, Codes>): Route {
  return route as unknown as Route
}

/** Builds an error with a row in the catalog. */
export const refuse = <Code extends ErrorCode>(code: Code, facts: Facts<Code>) => new ServerError(code, facts)
