import { ServerError } from '../../core/errors.ts'
import type { EmbeddingInput, GenerationRequest } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadedModel, Runtime } from '../../core/runtime.ts'
import { FrameWriter, readFrames } from './child-channel.ts'
import { type Ability, encodeVector, type PlainError, type ToChild } from './frames.ts'

/** Writes a line to the parent's log. */
export type ChildLog = (level: 'debug' | 'warn' | 'error', message: string) => void

/**
 * The whole life of a child process: loads one model when told to, serves it over standard input and output, and ends
 * when standard input does, which also happens when the parent is killed. Never returns.
 */
export function runChild(makeRuntime: (log: ChildLog) => Runtime): void {
  const writer = new FrameWriter()
  const child = new Child(
    makeRuntime((level, message) => writer.send({ type: 'log', level, message })),
    writer,
  )
  // A terminal and a service manager signal the whole group; only the parent knows when the running requests are done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  readFrames(
    (frame) => child.receive(frame),
    // At once, without destructors: they could wait for a decode, and the system takes everything back anyway.
    () => process.exit(0),
  )
}

class Child {
  readonly #runtime: Runtime
  readonly #writer: FrameWriter
  readonly #running = new Map<number, AbortController>()
  #model: LoadedModel | undefined

  constructor(runtime: Runtime, writer: FrameWriter) {
    this.#runtime = runtime
    this.#writer = writer
  }

  receive(frame: ToChild): void {
    if (frame.type === 'load') void this.#load(frame.model)
    else if (frame.type === 'cancel') this.#running.get(frame.id)?.abort()
    else if (frame.type === 'generate')
      void this.#run(frame.id, (signal) => this.#generate(frame.id, frame.request, signal))
    else void this.#run(frame.id, (signal) => this.#embed(frame.id, frame.inputs, signal))
  }

  async #load(entry: ModelEntry) {
    try {
      const onProgress = (fraction: number) => this.#writer.send({ type: 'load-progress', fraction })
      this.#model = await this.#runtime.load(entry, { signal: new AbortController().signal, onProgress })
      const abilities = (['generate', 'embed'] as const satisfies readonly Ability[]).filter(
        (name) => this.#model?.[name],
      )
      this.#writer.send({ type: 'load-end', facts: this.#model.facts, abilities })
    } catch (error) {
      this.#writer.send({ type: 'load-failure', error: this.#plain(error) })
    }
  }

  async #run(id: number, work: (signal: AbortSignal) => Promise<void>) {
    const controller = new AbortController()
    this.#running.set(id, controller)
    try {
      await work(controller.signal)
    } catch (error) {
      this.#writer.send({ type: 'failure', id, error: this.#plain(error) })
    } finally {
      this.#running.delete(id)
    }
  }

  async #generate(id: number, request: GenerationRequest, signal: AbortSignal) {
    for await (const event of this.#model?.generate?.(request, signal) ?? []) this.#writer.sendEvent(id, event)
  }

  async #embed(id: number, inputs: readonly EmbeddingInput[], signal: AbortSignal) {
    const result = await this.#model?.embed?.(inputs, signal)
    if (!result) return
    const vectors = result.vectors.map(encodeVector)
    this.#writer.send({ type: 'embedding', id, vectors, promptTokens: result.promptTokens })
  }

  /** What is no `ServerError` is a bug of ours: the log gets all of it, the parent a reference. */
  #plain(error: unknown): PlainError {
    if (error instanceof ServerError) return error.toJSON()
    if (error instanceof DOMException && error.name === 'AbortError') return { code: 'request_cancelled', facts: {} }
    this.#writer.send({
      type: 'log',
      level: 'error',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return { code: 'internal', facts: { reference: `child-${process.pid}` } }
  }
}
