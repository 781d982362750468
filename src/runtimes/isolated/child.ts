import { Bug, ServerError } from '../../core/errors.ts'
import type { GenerationRequest } from '../../core/generation.ts'
import type { MemoryBytes } from '../../core/memory.ts'
import type { LoadedFacts } from '../../core/model.ts'
import type { LoadedModel, Runtime } from '../../core/runtime.ts'
import { AnswerJoiner } from './answer-joiner.ts'
import { FrameWriter, readFrames } from './child-channel.ts'
import {
  abilities,
  type CallFrame,
  type CallName,
  type Calls,
  encodeVector,
  type PlainError,
  type ToChild,
} from './frames.ts'

/** Writes a line to the parent's log. */
export type ChildLog = (level: 'debug' | 'warn' | 'error', message: string) => void

/** What a runtime may have to know of the channel to the parent. */
export interface ChildChannel {
  /** Writes what has happened, now. */
  flush(): void
  /** The socket on which a byte comes with every new generation and every cancellation, and how many of them were read. */
  knocks(): { readonly descriptor: number; readonly heard: number } | undefined
}

/**
 * The whole life of a child process: loads one model when told to, serves it over standard input and output, and ends
 * when standard input does, which also happens when the parent is killed. Never returns.
 */
export function runChild(
  makeRuntime: (log: ChildLog, channel: ChildChannel) => Runtime,
  { flushMilliseconds }: { readonly flushMilliseconds?: number } = {},
): void {
  const writer = new FrameWriter(flushMilliseconds)
  const child = new Child(
    makeRuntime((level, message) => writer.send({ type: 'log', level, message }), {
      flush: () => writer.flush(),
      knocks: () => child.knocks,
    }),
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
  /** See `ChildChannel.knocks`. */
  knocks: { readonly descriptor: number; heard: number } | undefined

  constructor(runtime: Runtime, writer: FrameWriter) {
    this.#runtime = runtime
    this.#writer = writer
  }

  receive(frame: ToChild): void {
    if (this.knocks && (frame.type === 'generate' || frame.type === 'cancel')) this.knocks.heard++
    if (frame.type === 'load') void this.#load(frame)
    else if (frame.type === 'cancel') this.#running.get(frame.id)?.abort()
    else if (frame.type === 'generate')
      void this.#run(frame.id, (signal) => this.#generate(frame.id, frame.request, signal))
    else void this.#run(frame.id, (signal) => this.#answer(frame, signal))
  }

  async #load({ model: entry, room, frameDescriptor }: Extract<ToChild, { type: 'load' }>) {
    if (frameDescriptor !== undefined) this.#writer.descriptor = frameDescriptor
    if (frameDescriptor !== undefined) this.knocks = { descriptor: frameDescriptor, heard: 0 }
    try {
      const onProgress = (fraction: number) => this.#writer.send({ type: 'load-progress', fraction })
      const onFacts = (facts: LoadedFacts) => this.#writer.send({ type: 'facts', facts })
      const { signal } = new AbortController()
      this.#model = await this.#runtime.load(entry, {
        signal,
        onProgress,
        onFacts,
        ...(room && { room: reviveRoom(room) }),
      })
      const has = abilities.filter((name) => this.#model?.[name])
      this.#writer.send({ type: 'load-end', facts: this.#model.facts, abilities: has })
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
    const events = this.#model?.generate?.(request, signal) ?? []
    if (request.isWatched ?? true) {
      for await (const event of events) this.#writer.sendEvent(id, event)
      return
    }
    const joiner = new AnswerJoiner()
    for await (const event of events) joiner.push(event)
    for (const event of joiner.events()) this.#writer.sendEvent(id, event)
  }

  async #answer(frame: CallFrame, signal: AbortSignal) {
    const model = this.#model
    if (!model) throw new Bug('A child was called before its model was there.')
    const answer = await answerTo(model, frame, signal)
    if (answer === undefined) throw new Bug(`A child was asked to ${frame.name}, which its model cannot.`)
    this.#writer.send({ type: 'answer', id: frame.id, answer })
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

/** JSON knows no Infinity. */
function reviveRoom({ mainBytes, deviceBytes }: NonNullable<Extract<ToChild, { type: 'load' }>['room']>): MemoryBytes {
  return { mainBytes: mainBytes ?? Number.POSITIVE_INFINITY, deviceBytes: deviceBytes ?? Number.POSITIVE_INFINITY }
}

async function answerTo(
  model: LoadedModel,
  { name, given }: CallFrame,
  signal: AbortSignal,
): Promise<Calls[CallName]['answer'] | undefined> {
  switch (name) {
    case 'embed': {
      const result = await model.embed?.(given.inputs, given.options, signal)
      return result && { ...result, vectors: result.vectors.map(encodeVector) }
    }
    case 'rerank':
      return model.rerank?.(given, signal)
    case 'tokenize':
      return model.tokenize(given.text, given.options, signal)
    case 'detokenize':
      return model.detokenize(given.tokens, signal)
    case 'render':
      return model.render?.(given.prompt, given.format, signal)
  }
}
