import { ServerError } from '../../core/errors.ts'
import type { Ability } from '../../core/provider.ts'
import type { ForwardedRecord } from '../../observe/tally.ts'
import type { OpenPart, RequestTrace, SpanFacts } from '../../observe/traces/traces.ts'
import type { RouteRequest } from '../define-route.ts'
import type { RunningRequest } from '../running/running-request.ts'

interface Forwarding {
  readonly provider: { readonly name: string }
  readonly ability: Ability
  readonly method: string
  readonly isStreamed: boolean
  readonly model?: { readonly upstreamName: string }
}

/** Operations of the semantic conventions; what has none there is called as the ability is. */
const operations: Partial<Readonly<Record<Ability, string>>> = {
  chat: 'chat',
  responses: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
}

/** A request of a trace that a provider is asked for. */
export class TracedForwarding {
  readonly #part: OpenPart
  readonly #isStreamed: boolean
  #error: string | undefined

  private constructor({ ability, provider, model, isStreamed }: Forwarding, trace: RequestTrace) {
    this.#isStreamed = isStreamed
    const operation = operations[ability] ?? ability
    this.#part = trace.open({
      name: `${operation} ${model?.upstreamName ?? provider.name}`,
      began: performance.now(),
      facts: {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': provider.name,
        'gen_ai.request.model': model?.upstreamName,
        'gen_ai.request.stream': isStreamed,
      },
    })
  }

  /** Undefined where no traces are made. */
  static begin(forwarding: Forwarding, { trace }: RunningRequest): TracedForwarding | undefined {
    return trace && new TracedForwarding(forwarding, trace)
  }

  /** What the provider gets, so that its spans are below this one. */
  get headers(): Readonly<Record<string, string>> {
    return this.#part.headers
  }

  /** It will end with this error. The first counts. */
  note(error: unknown): void {
    this.#error ??= error instanceof ServerError ? error.code : 'request_cancelled'
  }

  end(record: ForwardedRecord): void {
    const tokens = (count: number) => (record.isCounted ? count : undefined)
    this.#end({
      'gen_ai.usage.input_tokens': tokens(record.promptTokens),
      'gen_ai.usage.output_tokens': tokens(record.completionTokens),
      'gen_ai.usage.cache_read.input_tokens': tokens(record.cachedTokens),
      'gen_ai.response.finish_reasons': record.reason === undefined ? undefined : [record.reason],
      'gen_ai.response.time_to_first_chunk': this.#isStreamed ? record.firstByteMilliseconds / 1000 : undefined,
    })
  }

  /** There was no answer. */
  fail(error: unknown): void {
    this.note(error)
    this.#end({})
  }

  #end(facts: SpanFacts): void {
    this.#part.end({ ended: performance.now(), facts, error: this.#error })
  }
}

/** W3C's Trace Context: this server's span where it makes traces, else what the client sent, where that is one. */
export function traceHeaders(
  traced: TracedForwarding | undefined,
  { received }: Pick<RouteRequest, 'received'>,
): Readonly<Record<string, string>> {
  if (traced) return traced.headers
  const traceparent = received.headers.get('traceparent')
  if (traceparent === null || !/^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent)) return {}
  const tracestate = received.headers.get('tracestate')
  return { traceparent, ...(tracestate !== null && { tracestate }) }
}
