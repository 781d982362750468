import { ServerError } from '../../core/errors.ts'
import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { MemoryEstimate } from '../../core/memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadCall, LoadedModel, Runtime } from '../../core/runtime.ts'
import type { FakeAnswer } from './fake-answer.ts'
import { fakeEmbed, fakeRerank } from './fake-embed.ts'
import { fakeGenerate } from './fake-generate.ts'
import { readPrompt } from './fake-prompt.ts'
import { FakeVocabulary } from './fake-tokens.ts'

/** How a fake model behaves. Every wait is over at once when the request's signal aborts. */
export interface FakeOptions {
  /** The answer to a request; may throw a `ServerError`. Without one, and for `undefined`: see `ownAnswer`. */
  readonly script?: (request: GenerationRequest, model: ModelEntry) => FakeAnswer | undefined
  /** Absent: as fast as it is asked. */
  readonly tokensPerSecond?: number
  /** Awaited before each token, and before inputs are embedded or ranked: a test holds the gate. May reject with a `ServerError`. */
  readonly gate?: (call: GateCall) => Promise<void>
  /** Tokens of the prompt between two progress events. Absent: the prompt is read in one piece, without an event. */
  readonly promptStep?: number
  /** Why loading fails, or undefined where it does not. */
  readonly failLoad?: (model: ModelEntry) => string | undefined
  /** Awaited while the model loads; told the progress through `onProgress`. */
  readonly whileLoading?: (call: LoadCall) => Promise<void>
  /** Called before a text is tokenized, tokens are put together and a prompt is rendered; may throw a `ServerError`. */
  readonly whileReading?: (model: ModelEntry) => void
  /** After this many tokens the generation throws `generation_failed`. */
  readonly failAfterTokens?: number
  /** Whether it can fill gaps. Default: yes. */
  readonly infills?: boolean
  /** Told of every signal that a generation, an embedding or a ranking is given. */
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
    least: (model) => ({ mainBytes: model.fileBytes, deviceBytes: 0 }),
    estimate: (model) => estimateOf(model, options),
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

/** A fake takes as much as its file would. */
function estimateOf({ fileBytes, load }: ModelEntry, options: FakeOptions): MemoryEstimate {
  const nothing = { deviceBytes: 0, cacheBytes: 0, computeBytes: 0, draftBytes: 0, adapterBytes: 0, processBytes: 0 }
  return {
    ...nothing,
    mainBytes: fileBytes,
    weightsBytes: fileBytes,
    contextSize: options.contextSize ?? numberOr(load.contextSize, defaultContextSize),
    slots: options.slots ?? numberOr(load.slots, defaultSlots),
    gpuLayers: 0,
    notes: [],
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
  const vocabulary = new FakeVocabulary()
  const end = new AbortController()
  const orEnd = (signal: AbortSignal) => AbortSignal.any([signal, end.signal])
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
    ...abilities({ model, options, contextSize, embeddingSize, vocabulary, end: end.signal }),
    async tokenize(text, how, signal) {
      orEnd(signal).throwIfAborted()
      options.whileReading?.(model)
      return vocabulary.tokenize(text, how).map((token) => vocabulary.piece(token))
    },
    async detokenize(tokens, signal) {
      orEnd(signal).throwIfAborted()
      options.whileReading?.(model)
      return tokens.map((token) => vocabulary.textOf(token)).join('')
    },
    async cut(error) {
      end.abort(error)
      closed.resolve(undefined)
    },
    async [Symbol.asyncDispose]() {
      closed.resolve(undefined)
    },
  }
}

interface Inner {
  readonly model: ModelEntry
  readonly options: FakeOptions
  readonly contextSize: number
  readonly embeddingSize: number
  readonly vocabulary: FakeVocabulary
  /** Aborts with the error of what is cut. */
  readonly end: AbortSignal
}

/** What a model of its kind can do. */
function abilities(inner: Inner): Pick<LoadedModel, 'generate' | 'embed' | 'rerank' | 'render'> {
  const orEnd = (signal: AbortSignal) => AbortSignal.any([signal, inner.end])
  if (inner.model.kind === 'embedding')
    return { embed: (inputs, embedding, signal) => fakeEmbed(inputs, { ...inner, embedding, signal: orEnd(signal) }) }
  if (inner.model.kind === 'reranker')
    return { rerank: (call, signal) => fakeRerank(call, { ...inner, embedding: call, signal: orEnd(signal) }) }
  return {
    generate: (request, signal) => untilCut(fakeGenerate({ ...inner, request, signal: orEnd(signal) }), inner.end),
    async render(prompt, _format, signal) {
      orEnd(signal).throwIfAborted()
      inner.options.whileReading?.(inner.model)
      return readPrompt(prompt, inner.vocabulary)
    },
  }
}

/** What is cut ends with the error, and not as if its client had left. */
async function* untilCut(events: AsyncIterable<GenerationEvent>, end: AbortSignal): AsyncGenerator<GenerationEvent> {
  end.throwIfAborted()
  for await (const event of events) {
    end.throwIfAborted()
    yield event
  }
}

const numberOr = (value: number | 'auto', fallback: number) => (value === 'auto' ? fallback : value)
