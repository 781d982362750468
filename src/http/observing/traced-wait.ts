import { ServerError } from '../../core/errors.ts'
import type { WaitState } from '../../engine/engine.ts'
import type { SpanPart } from '../../observe/traces/traces.ts'
import type { RunningRequest } from '../running/running-request.ts'

/** The wait of a request that is traced, for a slot of a model. */
export class TracedWait {
  readonly #running: RunningRequest
  readonly #model: string
  readonly #began = performance.now()
  #loadBegan: number | undefined

  private constructor(running: RunningRequest, model: string) {
    this.#running = running
    this.#model = model
  }

  /** Undefined where nobody would see it. */
  static begin(running: RunningRequest, model: string): TracedWait | undefined {
    return running.trace?.isSampled ? new TracedWait(running, model) : undefined
  }

  note({ type }: WaitState): void {
    if (type === 'loading') this.#loadBegan ??= performance.now()
  }

  /** It is over, or has failed. */
  end(error?: unknown): void {
    const [began, ended, model] = [this.#began, performance.now(), this.#model]
    const facts = { 'gen_ai.request.model': model }
    const failure = error === undefined ? undefined : error instanceof ServerError ? error.code : 'request_cancelled'
    const load: readonly SpanPart[] =
      this.#loadBegan === undefined
        ? []
        : [{ name: `load ${model}`, began: this.#loadBegan, ended, facts, error: failure }]
    this.#running.trace?.tell({ name: `queue ${model}`, began, ended, facts, parts: load, error: failure })
  }
}
