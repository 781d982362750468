import type {
  EmbeddingInput,
  EmbeddingOptions,
  GenerationEvent,
  GenerationRequest,
  MessagesPrompt,
  OutputFormat,
  RenderedPrompt,
  RerankResult,
  TokenizeOptions,
  TokenPiece,
} from '../../core/generation.ts'
import type { MemoryBytes } from '../../core/memory.ts'
import type { LoadedFacts, ModelEntry } from '../../core/model.ts'

/** An error on its way between processes: `ServerError.toJSON`. */
export interface PlainError {
  readonly code: string
  readonly facts: unknown
}

/** What is asked once and answered once: what is given, and the answer, as they cross the boundary. */
export interface Calls {
  /** Vectors as base64 of little-endian 32-bit floats. */
  readonly embed: {
    readonly given: { readonly inputs: readonly EmbeddingInput[]; readonly options: EmbeddingOptions }
    readonly answer: { readonly vectors: readonly string[]; readonly promptTokens: number }
  }
  readonly rerank: {
    readonly given: { readonly query: string; readonly documents: readonly string[] } & EmbeddingOptions
    readonly answer: RerankResult
  }
  readonly tokenize: {
    readonly given: { readonly text: string; readonly options: TokenizeOptions }
    readonly answer: readonly TokenPiece[]
  }
  readonly detokenize: { readonly given: { readonly tokens: readonly number[] }; readonly answer: string }
  readonly render: {
    readonly given: { readonly prompt: MessagesPrompt; readonly format?: OutputFormat }
    readonly answer: RenderedPrompt
  }
}

export type CallName = keyof Calls

/** A call on its way to the child. */
export type CallFrame = {
  readonly [Name in CallName]: {
    readonly type: 'call'
    readonly id: number
    readonly name: Name
    readonly given: Calls[Name]['given']
  }
}[CallName]

/** What the serving process says to a child: one JSON object a line, on the child's standard input. Its end ends the child. */
export type ToChild =
  /**
   * The first frame. `room`: what the model may take, null where nobody knows. `frameDescriptor`: where the child writes its own; absent: to its
   * standard output.
   */
  | {
      readonly type: 'load'
      readonly model: ModelEntry
      readonly room?: { readonly [Kind in keyof MemoryBytes]: number | null }
      readonly frameDescriptor?: number
    }
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerationRequest }
  | CallFrame
  | { readonly type: 'cancel'; readonly id: number }

/**
 * What a child says, one JSON object a line, on its standard output or where it was told to. All else on standard output,
 * and its standard error, is free text, for the log.
 */
export type FromChild =
  | { readonly type: 'load-progress'; readonly fraction: number }
  | { readonly type: 'load-end'; readonly facts: LoadedFacts; readonly abilities: readonly Ability[] }
  | { readonly type: 'load-failure'; readonly error: PlainError }
  /** The facts of the loaded model have changed. */
  | { readonly type: 'facts'; readonly facts: LoadedFacts }
  /** All that happened since the last frame, in order: the request's id and its event. */
  | { readonly type: 'generation-events'; readonly events: readonly (readonly [id: number, event: GenerationEvent])[] }
  /** The answer to the call of that id. */
  | { readonly type: 'answer'; readonly id: number; readonly answer: Calls[CallName]['answer'] }
  /** The request of that id ended with an error. */
  | { readonly type: 'failure'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'log'; readonly level: 'debug' | 'warn' | 'error'; readonly message: string }

/** What a model may have or lack. */
export const abilities = ['generate', 'embed', 'rerank', 'render'] as const
export type Ability = (typeof abilities)[number]

/**
 * Cuts a stream of bytes into its lines. UTF-8 never has a line feed inside of a character. A line that grows beyond
 * `longest` bytes comes in pieces of at least that length.
 */
export class LineSplitter {
  #rest: Uint8Array[] = []
  #restBytes = 0
  readonly #onLine: (line: string) => void
  readonly #longest: number

  constructor(onLine: (line: string) => void, longest = Number.POSITIVE_INFINITY) {
    this.#onLine = onLine
    this.#longest = longest
  }

  push(bytes: Uint8Array): void {
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (this.#rest.length === 0) this.#tell(textOf(bytes, start, end))
      else this.#endLine(bytes.subarray(start, end))
      start = end + 1
    }
    if (start === bytes.length) return
    // A copy: the reader may use its buffer again. (`slice` makes none where the bytes are a Buffer.)
    this.#rest.push(new Uint8Array(bytes.subarray(start)))
    this.#restBytes += bytes.length - start
    if (this.#restBytes > this.#longest) this.#endLine()
  }

  #endLine(end: Uint8Array = new Uint8Array()) {
    const line = Buffer.concat([...this.#rest, end]).toString('utf8')
    this.#rest = []
    this.#restBytes = 0
    this.#tell(line)
  }

  #tell(line: string) {
    if (line) this.#onLine(line)
  }
}

/** The text of a part of the bytes, which nearly every line is: without a copy of them. */
const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')

export const encodeVector = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')

export function decodeVector(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
