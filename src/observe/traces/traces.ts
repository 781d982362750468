/** What a span tells, by OpenTelemetry's names. What is undefined is left out. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** A request of which a trace is to tell. */
export interface TracedCall {
  /** By W3C's Trace Context, as the client sent them. */
  readonly traceparent: string | null
  readonly tracestate: string | null
  /** `performance.now()` when it came. */
  readonly began: number
  /** As far as sampling may look at it. */
  readonly facts: SpanFacts
}

/** A part of a request, as a span. */
export interface SpanPart {
  readonly name: string
  /** `client`: another server does it. Default: `internal`. */
  readonly kind?: 'client' | 'internal'
  /** By `performance.now()`. */
  readonly began: number
  readonly ended: number
  readonly facts: SpanFacts
  /** The code of the error that it ended with. */
  readonly error?: string | undefined
  /** What it was made of. */
  readonly parts?: readonly SpanPart[]
}

/** A part of a request that another server does. */
export interface OpenPart {
  /** To be sent to that server, whose spans are below this one then: `traceparent`, and `tracestate` where there was one. */
  readonly headers: Readonly<Record<string, string>>
  /** It is over. Only the first call counts. */
  end(result: Pick<SpanPart, 'ended' | 'facts' | 'error'>): void
}

/** The trace of one request. */
export interface RequestTrace {
  readonly traceId: string
  /** Whether anybody will see it: what is told of one that nobody sees is lost. */
  readonly isSampled: boolean
  /** Tells of a part that is over. */
  tell(part: SpanPart): void
  /** Another server is asked for a part from now on, also where nobody will see it. What is never ended is never told. */
  open(part: Pick<SpanPart, 'name' | 'began' | 'facts'>): OpenPart
  /** The request is over. Only the first call counts. */
  end(result: {
    readonly name: string
    readonly ended: number
    readonly facts: SpanFacts
    readonly error?: string | undefined
  }): void
}

/** Spans since the server began. */
export interface SpanCounts {
  readonly exported: number
  /** The queue was full; the collector could not be reached, or refused. */
  readonly dropped: Readonly<Record<'queue' | 'collector', number>>
}

/** Where requests are told as traces. Nothing that happens to it can hold up or fail a request. */
export interface Traces {
  /** Undefined where no traces are made. */
  begin(call: TracedCall): RequestTrace | undefined
  counts(): SpanCounts | undefined
  /** Sends what is left, and gives up after some seconds. */
  close(): Promise<void>
}

/** Nobody collects. */
export const noTraces: Traces = { begin: () => undefined, counts: () => undefined, close: async () => {} }
