import { reviveError, ServerError } from '../../core/errors.ts'
import type { GenerationEvent, GenerationRequest, TokenizeOptions, TokenPiece } from '../../core/generation.ts'
import type { LoadedFacts, ModelEntry } from '../../core/model.ts'
import type { LoadedModel } from '../../core/runtime.ts'
import { processFileBytes, processMemoryBytes } from '../../platform/process-memory.ts'
import { type FramedChild, killedBySystem } from './child-process.ts'
import { type Ability, type CallFrame, type CallName, type Calls, decodeVector, type FromChild } from './frames.ts'
import { IsolatedGeneration } from './isolated-generation.ts'

/** A request that the child is working on. */
interface Pending {
  event?(event: GenerationEvent): void
  answer?(answer: unknown): void
  fail(error: unknown): void
  /** Set while the child has yet to say that it has dropped the request. */
  watch?: Disposable
}

interface IsolatedModelOptions {
  readonly model: ModelEntry
  readonly facts: LoadedFacts
  readonly abilities: readonly Ability[]
  readonly child: FramedChild
  /** Silence after which a child that was told to drop a request counts as hung. */
  readonly cancelMilliseconds: number
}

/** How long a child has to end by itself when there is no hurry, and when there is. */
const endMilliseconds = { disposed: 5000, cut: 1000 } as const

/** A model in another process. When that process dies, everything it was doing fails with `runtime_crashed`. */
export class IsolatedModel implements LoadedModel {
  readonly model: ModelEntry
  facts: LoadedFacts
  readonly closed: Promise<ServerError | undefined>
  readonly generate?: NonNullable<LoadedModel['generate']>
  readonly embed?: NonNullable<LoadedModel['embed']>
  readonly rerank?: NonNullable<LoadedModel['rerank']>
  readonly render?: NonNullable<LoadedModel['render']>
  readonly #child: FramedChild
  readonly #pending = new Map<number, Pending>()
  readonly #cancelMilliseconds: number
  #lastId = 0
  #isClosing = false
  #ended: ServerError | undefined

  constructor({ model, facts, abilities, child, cancelMilliseconds }: IsolatedModelOptions) {
    this.#cancelMilliseconds = cancelMilliseconds
    this.model = model
    this.facts = facts
    this.#child = child
    this.closed = child.gone.then((how) => this.#afterDeath(how))
    if (abilities.includes('generate')) this.generate = (request, signal) => this.#generate(request, signal)
    if (abilities.includes('embed'))
      this.embed = async (inputs, options, signal) => {
        const { vectors, promptTokens } = await this.#call('embed', { inputs, options }, signal)
        return { vectors: vectors.map(decodeVector), promptTokens }
      }
    if (abilities.includes('rerank')) this.rerank = (call, signal) => this.#call('rerank', call, signal)
    if (abilities.includes('render'))
      this.render = (prompt, format, signal) => this.#call('render', { prompt, ...(format && { format }) }, signal)
  }

  tokenize(text: string, options: TokenizeOptions, signal: AbortSignal): Promise<readonly TokenPiece[]> {
    return this.#call('tokenize', { text, options }, signal)
  }

  detokenize(tokens: readonly number[], signal: AbortSignal): Promise<string> {
    return this.#call('detokenize', { tokens }, signal)
  }

  get processId(): number | undefined {
    return this.#child.processId
  }

  /** Weights that are mapped from their file count as far as they are in memory. */
  memoryBytes(): number | undefined {
    return this.processId === undefined ? undefined : processMemoryBytes(this.processId)
  }

  reclaimableBytes(): number | undefined {
    return this.processId === undefined ? undefined : processFileBytes(this.processId)
  }

  receive(frame: FromChild): void {
    if (frame.type === 'generation-events')
      for (const [id, event] of frame.events) {
        if (event.type === 'generation-end') this.#take(id)?.event?.(event)
        else this.#pending.get(id)?.event?.(event)
      }
    else if (frame.type === 'failure') this.#take(frame.id)?.fail(reviveError(frame.error))
    else if (frame.type === 'answer') this.#take(frame.id)?.answer?.(frame.answer)
    else if (frame.type === 'facts') this.facts = frame.facts
  }

  #generate(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent> {
    return new IsolatedGeneration({
      signal,
      start: (sink) => {
        const id = this.#begin({ event: (event) => sink.event(event), fail: (error) => sink.fail(error) })
        this.#child.send({ type: 'generate', id, request })
        return id
      },
      cancel: (id) => this.#cancel(id),
    })
  }

  async #call<Name extends CallName>(
    name: Name,
    given: Calls[Name]['given'],
    signal: AbortSignal,
  ): Promise<Calls[Name]['answer']> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Calls[Name]['answer']>()
    const id = this.#begin({
      answer: (answer) => (signal.aborted ? reject(signal.reason) : resolve(answer as Calls[Name]['answer'])),
      fail: (error) => reject(signal.aborted ? signal.reason : error),
    })
    const cancel = () => this.#cancel(id)
    this.#child.send({ type: 'call', id, name, given } as CallFrame)
    signal.addEventListener('abort', cancel)
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /** Throws when the process is gone: nobody would ever answer. */
  #begin(pending: Pending): number {
    if (this.#ended) throw this.#ended
    const id = ++this.#lastId
    this.#pending.set(id, pending)
    return id
  }

  #cancel(id: number) {
    const pending = this.#pending.get(id)
    if (!pending || pending.watch) return
    pending.watch = this.#child.watch(this.#cancelMilliseconds)
    this.#child.send({ type: 'cancel', id })
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.watch?.[Symbol.dispose]()
    return pending
  }

  #afterDeath(how: string): ServerError | undefined {
    const lacksMemory = how === killedBySystem
    const crash = new ServerError('runtime_crashed', { model: this.model.id, how, ...(lacksMemory && { lacksMemory }) })
    // Nobody disposes of a model in use but a server that has run out of patience while it stops.
    this.#fail(this.#isClosing ? new ServerError('shutting_down', {}) : crash)
    return this.#isClosing ? undefined : crash
  }

  /** Ends all that it is working on, and all that is asked of it from now on. Whoever said it first is right. */
  #fail(error: ServerError) {
    this.#ended ??= error
    for (const id of [...this.#pending.keys()]) this.#take(id)?.fail(this.#ended)
  }

  async cut(error: ServerError): Promise<void> {
    this.#isClosing = true
    this.#fail(error)
    await this.#child.end(endMilliseconds.cut)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    await this.#child.end(endMilliseconds.disposed)
  }
}
