import type { ServerError } from '../../core/errors.ts'
import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { RequestTrace } from '../../observe/traces/traces.ts'
import type { RunningRequests } from './running-requests.ts'
import { reading, type WorkState, waiting, working, writing } from './work-state.ts'

/** What a request wants of a model. */
export type RunningTask = 'generation' | 'embedding' | 'ranking' | 'tokens' | 'load' | 'forwarding'

/** What a request is when it begins. */
export interface RunningRequestCall {
  readonly id: string
  /** The operation, as the OpenAPI document names it. */
  readonly operation: string
  readonly share: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Ends it, and tells its client why. */
  stop(reason: ServerError): void
}

/**
 * What a request does while it works with a model. It is written to where something happens anyhow, and read only when
 * somebody asks.
 */
export class RunningRequest {
  readonly id: string
  readonly operation: string
  readonly share: string
  readonly startedAt: number
  /** The id of the model, once it is known. */
  model: string | undefined
  task: RunningTask | undefined
  /** The name of the provider whose model it is. Absent: the model runs here. */
  provider: string | undefined
  /** For which model the request is counted. Absent while that is not known: whether a provider has it, only it can tell. */
  countedAs: string | undefined
  /** Models that were asked before this one and could not answer. */
  tried: readonly string[] = []
  state: WorkState = waiting
  /** Pieces of the answer that were told: about one a token. Of what comes all together at its end nobody knows them. */
  pieces: number | undefined = 0
  /** Tokens that it took until now, of all of its answers. */
  usage: { readonly promptTokens: number; readonly completionTokens: number } | undefined
  /** From the beginning until the first piece of the answer; absent where there was none, or nobody looked. */
  firstMilliseconds: number | undefined
  /** Absent: nobody traces it. */
  trace: RequestTrace | undefined
  /** What its client was told that it has failed with, where that was no answer of its own. */
  failure: ServerError | undefined
  /** From the beginning until the model, or a slot of it, could be had. */
  waitMilliseconds: number | undefined
  readonly #began = performance.now()
  readonly #stop: RunningRequestCall['stop']
  #list: RunningRequests | undefined

  constructor({ id, operation, share, startedAt, stop }: RunningRequestCall) {
    this.id = id
    this.operation = operation
    this.share = share
    this.startedAt = startedAt
    this.#stop = stop
  }

  /** It works with a model from now on, and is listed until it ends. Only the first call of a request counts. */
  begin(work: { model: string; task: RunningTask; provider?: string }, list: RunningRequests): boolean {
    if (this.#list) return false
    this.#list = list
    this.model = work.model
    this.task = work.task
    this.provider = work.provider
    this.countedAs = work.provider === undefined ? work.model : undefined
    list.add(this)
    return true
  }

  /** It has what it waited for. Answers how long that took, or nothing where it was told before. */
  go(): number | undefined {
    if (this.waitMilliseconds !== undefined) return undefined
    this.waitMilliseconds = this.ageMilliseconds()
    return this.waitMilliseconds
  }

  /** A generation begins. */
  generates({ isWatched = true }: Pick<GenerationRequest, 'isWatched'>): void {
    this.state = isWatched ? reading : working
    if (!isWatched) this.pieces = undefined
  }

  /** What its generation tells. Called for each token: nothing is made here but for a piece of the prompt. */
  note(event: Exclude<GenerationEvent, { readonly type: 'generation-end' }>): void {
    if (this.pieces === undefined) return
    if (event.type === 'prompt-progress') this.state = { type: 'reading', done: event.done, total: event.total }
    else {
      this.state = writing
      this.firstMilliseconds ??= this.ageMilliseconds()
      this.pieces++
    }
  }

  /** A part of it is done. */
  used({ promptTokens, completionTokens }: NonNullable<RunningRequest['usage']>): void {
    const before = this.usage ?? { promptTokens: 0, completionTokens: 0 }
    this.usage = {
      promptTokens: before.promptTokens + promptTokens,
      completionTokens: before.completionTokens + completionTokens,
    }
  }

  ageMilliseconds(): number {
    return performance.now() - this.#began
  }

  /** Ends the request; its client is told the reason. */
  stop(reason: ServerError): void {
    this.#stop(reason)
  }

  /** The model of that name could not answer, and another one is asked. To be called when what it began has ended. */
  beginAnew(tried: string): void {
    this.tried = [...this.tried, tried]
    this.model = undefined
    this.task = undefined
    this.provider = undefined
    this.countedAs = undefined
    this.state = waiting
    this.pieces = 0
    this.waitMilliseconds = undefined
    this.firstMilliseconds = undefined
  }

  /** It is over. Answers whether it was listed until now. */
  end(): boolean {
    const list = this.#list
    list?.delete(this)
    this.#list = undefined
    return list !== undefined
  }
}
