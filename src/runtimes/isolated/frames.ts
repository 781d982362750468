import type { EmbeddingInput, GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { LoadedFacts, ModelEntry } from '../../core/model.ts'

/** An error on its way between processes: `ServerError.toJSON`. */
export interface PlainError {
  readonly code: string
  readonly facts: unknown
}

/** What the serving process says to a child: one JSON object a line, on the child's standard input. Its end ends the child. */
export type ToChild =
  | { readonly type: 'load'; readonly model: ModelEntry }
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerationRequest }
  | { readonly type: 'embed'; readonly id: number; readonly inputs: readonly EmbeddingInput[] }
  | { readonly type: 'cancel'; readonly id: number }

/** What a child says, one JSON object a line, on its standard output. Its standard error is free text, for the log. */
export type FromChild =
  | { readonly type: 'load-progress'; readonly fraction: number }
  | { readonly type: 'load-end'; readonly facts: LoadedFacts; readonly abilities: readonly Ability[] }
  | { readonly type: 'load-failure'; readonly error: PlainError }
  /** All that happened since the last frame, in order: the request's id and its event. */
  | { readonly type: 'generation-events'; readonly events: readonly (readonly [id: number, event: GenerationEvent])[] }
  /** Vectors as base64 of little-endian 32-bit floats. */
  | {
      readonly type: 'embedding'
      readonly id: number
      readonly vectors: readonly string[]
      readonly promptTokens: number
    }
  /** The request of that id ended with an error. */
  | { readonly type: 'failure'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'log'; readonly level: 'debug' | 'warn' | 'error'; readonly message: string }

export type Ability = 'generate' | 'embed'

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
      this.#rest.push(bytes.subarray(start, end))
      start = end + 1
      this.#endLine()
    }
    if (start === bytes.length) return
    // A copy: the reader may use its buffer again. (`slice` makes none where the bytes are a Buffer.)
    this.#rest.push(new Uint8Array(bytes.subarray(start)))
    this.#restBytes += bytes.length - start
    if (this.#restBytes > this.#longest) this.#endLine()
  }

  #endLine() {
    const line = Buffer.concat(this.#rest).toString('utf8')
    this.#rest = []
    this.#restBytes = 0
    if (line) this.#onLine(line)
  }
}

export const encodeVector = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')

export function decodeVector(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
