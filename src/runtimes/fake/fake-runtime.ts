import { ServerError } from '../../core/errors.ts'
import type { GenerationRequest } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadCall, LoadedModel, Runtime } from '../../core/runtime.ts'
import { fakeEmbed } from './fake-embed.ts'
import { fakeGenerate } from './fake-generate.ts'

/** How a fake model behaves. Every wait is over at once when the request's signal aborts. */
export interface FakeOptions {
  /** The answer to a request; may throw a `ServerError`. Default: the last message or the prompt, back again. */
  readonly script?: (request: GenerationRequest, model: ModelEntry) => string
  /** Absent: as fast as it is asked. */
  readonly tokensPerSecond?: number
  /** Awaited before each token, and before an embedding: a test holds the gate. May reject with a `ServerError`. */
  readonly gate?: (call: GateCall) => Promise<void>
  /** Tokens of the prompt between two progress events. Absent: the prompt is read in one piece, without an event. */
  readonly promptStep?: number
  /** Why loading fails, or undefined where it does not. */
  readonly failLoad?: (model: ModelEntry) => string | undefined
  /** Awaited while the model loads; told the progress through `onProgress`. */
  readonly whileLoading?: (call: LoadCall) => Promise<void>
  /** After this many tokens the generation throws `generation_failed`. */
  readonly failAfterTokens?: number
  /** Told of every signal that a generation or an embedding is given. */
  readonly onSignal?: (signal: AbortSignal) => void
  /** Default: what the entry's `load` says, else 4,096. */
  readonly contextSize?: number
  /** Default: what the entry's `load` says, else 4. */
  readonly slots?: number
  /** Numbers of a vector. Default: what the entry's header says, else 8. */
  readonly embeddingSize?: number
}

export interface GateCall {
  readonly model: ModelEntry
  /** Tokens that this request has been given. */
  readonly tokensOut: number
  readonly signal: AbortSignal
}

const defaultContextSize = 4096
const defaultSlots = 4
const defaultEmbeddingSize = 8

/** A runtime without a model: scripted texts, chosen speeds, chosen failures, honest counts. A token is a word. */
export function createFakeRuntime(options: FakeOptions = {}): Runtime {
  return {
    name: 'fake',
    accepts: (model) => model.format === 'fake',
    estimateBytes: (model) => model.fileBytes,
    async load(model, call) {
      call.signal.throwIfAborted()
      call.onProgress?.(0)
      await Promise.race([options.whileLoading?.(call), rejectionOf(call.signal)])
      call.signal.throwIfAborted()
      const problem = options.failLoad?.(model)
      if (problem !== undefined) throw new ServerError('model_load_failed', { model: model.id, problem })
      call.onProgress?.(1)
      return loaded(model, options)
    },
  }
}

/** Never resolves; rejects with the signal's reason. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}

function loaded(model: ModelEntry, options: FakeOptions): LoadedModel {
  const closed = Promise.withResolvers<ServerError | undefined>()
  const contextSize = options.contextSize ?? numberOr(model.load.contextSize, defaultContextSize)
  const embeddingSize = options.embeddingSize ?? model.header.embeddingSize ?? defaultEmbeddingSize
  const inner = { model, options, contextSize, embeddingSize }
  return {
    model,
    closed: closed.promise,
    facts: {
      contextSize,
      slots: options.slots ?? numberOr(model.load.slots, defaultSlots),
      threads: 1,
      gpuLayers: 0,
      device: 'fake',
      ...(model.kind === 'embedding' && { embeddingSize }),
      notes: [],
    },
    ...(model.kind === 'chat' && { generate: (request, signal) => fakeGenerate({ ...inner, request, signal }) }),
    ...(model.kind === 'embedding' && { embed: (inputs, signal) => fakeEmbed({ ...inner, inputs, signal }) }),
    async [Symbol.asyncDispose]() {
      closed.resolve(undefined)
    },
  }
}

const numberOr = (value: number | 'auto', fallback: number) => (value === 'auto' ? fallback : value)
