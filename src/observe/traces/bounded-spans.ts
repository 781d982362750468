import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Log } from '../log.ts'
import type { SpanCounts } from './traces.ts'

/** Spans that wait for the collector, at most. What comes beyond that is dropped and counted. */
export const mostWaitingSpans = 4096

/** Codes of `ExportResult`; the package that has them is an enum at run time. */
const succeeded = 0

/**
 * Counts the spans on their way to the collector, and says in the log when that stops working and when it works again: once
 * each, however many are lost in between.
 */
export class BoundedSpans {
  readonly #log: Log
  #waiting = 0
  #exported = 0
  readonly #dropped = { queue: 0, collector: 0 }
  #isFailing = false
  #settled = Promise.withResolvers<void>()

  constructor(log: Log) {
    this.#log = log
  }

  counts(): SpanCounts {
    return { exported: this.#exported, dropped: { ...this.#dropped } }
  }

  /** Resolves once nothing waits. */
  async settled(): Promise<void> {
    this.#settled = Promise.withResolvers()
    if (this.#waiting > 0) await this.#settled.promise
  }

  /** In front of what gathers spans to batches: lets only so many in. */
  guard(inner: SpanProcessor): SpanProcessor {
    return {
      onStart: (span, context) => inner.onStart(span, context),
      onEnd: (span) => {
        if (!isSampled(span)) return
        if (this.#waiting >= mostWaitingSpans) return this.#drop('queue', 1)
        this.#waiting++
        inner.onEnd(span)
      },
      forceFlush: () => inner.forceFlush(),
      shutdown: () => inner.shutdown(),
    }
  }

  /** Around what sends batches. */
  watch(inner: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        inner.export(spans, (result) => {
          this.#waiting -= spans.length
          if (this.#waiting === 0) this.#settled.resolve()
          if (result.code === succeeded) this.#arrived(spans.length)
          else this.#drop('collector', spans.length, result.error)
          done(result)
        })
      },
      shutdown: () => inner.shutdown(),
    }
  }

  #arrived(spans: number): void {
    this.#exported += spans
    if (this.#isFailing) this.#log.info('the collector takes traces again', { ...this.#dropped })
    this.#isFailing = false
  }

  #drop(why: 'queue' | 'collector', spans: number, error?: Error): void {
    this.#dropped[why] += spans
    if (this.#isFailing) return
    this.#isFailing = true
    // What a collector answers is none of ours, and may be long.
    const problem = why === 'queue' ? 'the queue is full' : (error?.message ?? 'it does not answer').slice(0, 200)
    this.#log.warn('traces are lost: the collector does not take them', { problem })
  }
}

const isSampled = (span: ReadableSpan): boolean => (span.spanContext().traceFlags & 1) === 1
