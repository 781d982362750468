import type { RequestTrace, SpanPart, TracedCall, Traces } from '../../src/observe/traces/traces.ts'

type Ended = Parameters<RequestTrace['end']>[0]

/** Traces that write down what they are told. */
export class HeardTraces implements Traces {
  readonly begun: TracedCall[] = []
  readonly parts: SpanPart[] = []
  readonly ended: Ended[] = []
  isSampled = true
  begin(call: TracedCall): RequestTrace {
    this.begun.push(call)
    return {
      traceId: 't',
      isSampled: this.isSampled,
      tell: (part) => void this.parts.push(part),
      open: (part) => ({
        headers: { traceparent: `of ${part.name}` },
        end: (result) => {
          this.parts.push({ kind: 'client', ...part, ...result, facts: { ...part.facts, ...result.facts } })
        },
      }),
      end: (result) => void this.ended.push(result),
    }
  }
  counts = () => ({ exported: 3, dropped: { queue: 1, collector: 2 } })
  close = async () => {}
}
