import { ServerError } from '../../core/errors.ts'
import type { Ability } from '../../core/provider.ts'
import type { ForwardedRecord } from '../../observe/tally.ts'
import type { SpanFacts } from '../../observe/traces/traces.ts'
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
  readonly #forwarding: Forwarding
  readonly #running: RunningRequest
  readonly #began = performance.now()
  #isOver = false

  private constructor(forwarding: Forwarding, running: RunningRequest) {
    this.#forwarding = forwarding
    this.#running = running
  }

  /** Undefined where nobody would see it. */
  static begin(forwarding: Forwarding, running: RunningRequest): TracedForwarding | undefined {
    return running.trace?.isSampled ? new TracedForwarding(forwarding, running) : undefined
  }

  end(record: ForwardedRecord): void {
    this.#tell({
      'gen_ai.usage.input_tokens': record.isCounted ? record.promptTokens : undefined,
      'gen_ai.usage.output_tokens': record.isCounted ? record.completionTokens : undefined,
      'gen_ai.usage.cache_read.input_tokens': record.isCounted ? record.cachedTokens : undefined,
      'gen_ai.response.finish_reasons': record.reason === undefined ? undefined : [record.reason],
      'gen_ai.response.time_to_first_chunk': record.firstByteMilliseconds / 1000,
    })
  }

  fail(error: unknown): void {
    const { trace } = this.#running
    if (trace) this.#tell({}, error instanceof ServerError ? error.code : 'request_cancelled')
  }

  #tell(facts: SpanFacts, error?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const { ability, provider, model, isStreamed } = this.#forwarding
    const operation = operations[ability] ?? ability
    this.#running.trace?.tell({
      name: `${operation} ${model?.upstreamName ?? provider.name}`,
      kind: 'client',
      began: this.#began,
      ended: performance.now(),
      error,
      facts: {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': provider.name,
        'gen_ai.request.model': model?.upstreamName,
        'gen_ai.request.stream': isStreamed,
        ...facts,
      },
    })
  }
}

/** W3C's Trace Context: this server's span where it makes traces, else what the client sent, where that is one. */
export function traceHeaders({ running, received }: Pick<RouteRequest, 'running' | 'received'>) {
  if (running.trace) return running.trace.headers
  const traceparent = received.headers.get('traceparent')
  if (traceparent === null || !/^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent)) return {}
  const tracestate = received.headers.get('tracestate')
  return { traceparent, ...(tracestate !== null && { tracestate }) }
}
