import { ServerError } from '../../core/errors.ts'
import type { FinishReason, GenerationEvent, GenerationRequest, Usage } from '../../core/generation.ts'
import type { SpanPart } from '../../observe/traces/traces.ts'
import type { RunningRequest } from '../running/running-request.ts'
import { answerFacts, operationOf, requestFacts } from './generation-facts.ts'
import { SpokenContent } from './spoken-content.ts'

interface TracedCall {
  readonly running: RunningRequest
  readonly request: GenerationRequest
  readonly model: string
  /** Whether what is asked and answered may be told. */
  readonly tellsContent: boolean
}

/** One generation of a request that is traced. */
export class TracedGeneration {
  readonly #call: TracedCall
  readonly #began = performance.now()
  readonly #content: SpokenContent | undefined
  #isOver = false

  private constructor(call: TracedCall) {
    this.#call = call
    this.#content = call.tellsContent ? new SpokenContent(call.request) : undefined
  }

  /** Undefined where nobody would see it. */
  static begin(call: TracedCall): TracedGeneration | undefined {
    return call.running.trace?.isSampled ? new TracedGeneration(call) : undefined
  }

  get #isStreamed(): boolean {
    return this.#call.request.isWatched ?? true
  }

  /** Whether it wants to hear of every piece. */
  get listens(): boolean {
    return this.#content !== undefined
  }

  note(event: GenerationEvent): void {
    this.#content?.note(event)
  }

  end(result: { readonly usage: Usage; readonly reason: FinishReason }): void {
    if (this.#isOver) return
    this.#isOver = true
    const { model } = this.#call
    const { promptMilliseconds, generationMilliseconds } = result.usage
    const first = this.#began + promptMilliseconds
    const last = first + generationMilliseconds
    const facts = answerFacts({ model, stream: this.#isStreamed }, result)
    const [reason] = facts['gen_ai.response.finish_reasons'] as readonly string[]
    this.#tell({
      facts: { ...facts, ...this.#content?.facts(reason ?? '') },
      ended: Math.max(last, performance.now()),
      parts: [
        { name: `prefill ${model}`, began: this.#began, ended: first, facts: {} },
        { name: `decode ${model}`, began: first, ended: last, facts: {} },
      ],
      ...(result.reason === 'aborted' && { error: 'request_cancelled' }),
    })
  }

  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    const code = error instanceof ServerError ? error.code : 'internal'
    this.#tell({ facts: {}, ended: performance.now(), error: code })
  }

  #tell(part: Pick<SpanPart, 'facts' | 'ended' | 'error' | 'parts'>): void {
    const { running, request, model } = this.#call
    const asked = requestFacts(request, { model, stream: this.#isStreamed })
    running.trace?.tell({
      ...part,
      name: `${operationOf(request)} ${model}`,
      began: this.#began,
      facts: { ...asked, ...part.facts },
    })
  }
}
