import type { ServerError } from './errors.ts'

/** What a provider may be asked for: each is some paths of OpenAI's API, behind the base address. */
export const abilities = [
  'models',
  'chat',
  'completions',
  'embeddings',
  'responses',
  'rerank',
  'moderations',
  'images',
  'speech',
  'transcription',
  'files',
  'batches',
  'fine-tuning',
  'assistants',
  'vector-stores',
] as const
export type Ability = (typeof abilities)[number]

/** A request as a provider gets it. */
export interface UpstreamCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Behind the base address, without a slash in front, with what it is asked besides: `chat/completions`, `files?limit=2`. */
  readonly path: string
  /** The name of the model at the provider, where the request is about one. */
  readonly model?: string
  /** Of the body; with it whatever else the client said that the provider shall hear. Never the client's key. */
  readonly headers: Readonly<Record<string, string>>
  /** Kept until the first byte of the answer has come, since it may have to be sent again. */
  readonly body?: Uint8Array
  /** Whether the answer is to come in pieces: its whole time is not limited then, only the silence within it. */
  readonly isStreamed: boolean
  /** What the prompt begins with: calls with the same beginning go to the same address where that is the balance. */
  readonly prefix?: string
  /** The name of the request here, which the provider gets as X-Request-Id. */
  readonly requestId: string
  /** Once it aborts, the connection to the provider is closed, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** The body of an answer, for one reader. Nothing of it is held back, and nothing read ahead. */
export interface UpstreamBody {
  /**
   * The next piece, once it has come; undefined at the end. To be called again when it has settled. Rejects with `ServerError`
   * (`upstream_broken`, `upstream_timeout`) where the body ends too early or is silent for too long, and with the signal's
   * reason once that aborts.
   */
  read(): Promise<Uint8Array | undefined>
  /** Nobody wants more of it: closes the connection. A `read` that is pending resolves with undefined. */
  cancel(): void
  /** All that is wanted of it has come: it counts as whole. The connection serves again if the end is all that comes, and soon. */
  finish(): void
}

/** An answer with a status below 400, of which the head has come. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: UpstreamBody
  /** Which of the provider's addresses gave it. */
  readonly address: string
  /** What the body says of a failure, fit for a message of ours: cut to a bound, in one line, without the provider's key. */
  readonly told: (words: string) => string
}

/** A model that a provider has. */
export interface UpstreamModel {
  /** By which requests name it here: `provider/model`. */
  readonly id: string
  /** What the provider calls it. */
  readonly upstreamId: string
  readonly provider: string
  /** Seconds since 1970, where the provider says it. */
  readonly createdSeconds?: number
  /** What the provider says of it besides, as it came: never trusted. */
  readonly said: Readonly<Record<string, unknown>>
}

/** How one address of a provider stands. */
export interface AddressStatus {
  /** Without user, password and query. */
  readonly address: string
  /** `open`: the breaker keeps requests off until `retrySeconds`. `half-open`: one request tries it. */
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly retrySeconds?: number
  /** Requests that it is answering. */
  readonly busy: number
  /** What the last look at it said; absent where nothing was looked at yet. */
  readonly isHealthy?: boolean
  readonly problem?: string
  /** Requests that were sent to it since the start, those of them that were sent again, and those that it did not answer well. */
  readonly counts?: { readonly attempts: number; readonly retries: number; readonly failures: number }
}

/** Another server that speaks OpenAI's API. */
export interface Provider {
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  /** Whether its models stand in the list of all models: it was set up by somebody, and is not kept out of it. */
  readonly isListed: boolean
  /** Whether it can answer streams with their usage (`stream_options.include_usage`). */
  readonly tellsStreamUsage: boolean
  /** What is missing before it can be used, as `provider_not_configured`; undefined where nothing is. */
  readonly problem: ServerError | undefined
  /** The provider's name of a model that is called `name` here, without `provider/`; undefined where it may not be used. */
  upstreamName(name: string): string | undefined
  /**
   * Its models: from memory while they are fresh, else asked for. Rejects as `send`. Those that its configuration names are
   * among them whatever the provider says, and come also where it cannot be reached but nothing else is known.
   */
  models(signal: AbortSignal): Promise<readonly UpstreamModel[]>
  /**
   * Sends a request, again where that is harmless: nothing of an answer has come, and the connection failed or the status was
   * 429 or 503. Resolves with the head of the answer. Rejects with `ServerError`: `provider_not_configured`,
   * `upstream_unreachable`, `upstream_unavailable` (breaker), `upstream_timeout`, `upstream_rejected`, `upstream_overloaded`,
   * `upstream_key_refused`, `upstream_model_not_found`, `upstream_not_found`, `upstream_failed`; with the signal's reason where
   * that aborts.
   */
  send(call: UpstreamCall): Promise<UpstreamAnswer>
  status(): readonly AddressStatus[]
}

/** All providers, as the configuration has them now. */
export interface Providers extends Disposable {
  /** In the order of their names. */
  list(): readonly Provider[]
  find(name: string): Provider | undefined
  /** Whether any fallbacks were named. Absent: there may be some. */
  readonly hasFallbacks?: boolean
  /** The names of models that are asked in turn where this one cannot answer; empty where none were named. */
  fallbacksOf(model: string): readonly string[]
}
