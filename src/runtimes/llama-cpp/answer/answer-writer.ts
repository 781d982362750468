import type { AnswerPiece, AnswerReader } from '../../../conversation/answer-plan.ts'
import type { GenerationEvent, TokenLogprob } from '../../../core/generation.ts'
import { StopSearch } from './stop-search.ts'

interface AnswerWriterOptions {
  readonly reader: AnswerReader
  /** Texts that end the answer; they are looked for in its content only. */
  readonly stops: readonly string[]
  readonly onEvent: (event: GenerationEvent) => void
}

/** A token's chance, and where in a text the token stands, in UTF-16 units. Half a character has no length. */
interface PlacedChance {
  readonly start: number
  readonly end: number
  readonly chance: TokenLogprob
}

/**
 * Turns the bytes of tokens into events: whole characters only, and no content that is, or may yet become, a stop text.
 * The chances of content's tokens go out with the text that they are made of, each once.
 */
export class AnswerWriter {
  readonly #options: AnswerWriterOptions
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #stops: StopSearch
  /** UTF-16 units that the reader was given, that it has called content, and that were sent of those. */
  #pushed = 0
  #contentRead = 0
  #contentSent = 0
  /** By their place in all that was pushed, and, once they are known to be content's, by their place in that. */
  #unread: PlacedChance[] = []
  #unsent: PlacedChance[] = []

  constructor(options: AnswerWriterOptions) {
    this.#options = options
    this.#stops = new StopSearch(options.stops)
  }

  /** Whether a stop text was written; nothing comes after it. */
  get hasStopped(): boolean {
    return this.#stops.hasStopped
  }

  /** The next token's bytes, and its chance where chances were asked for. */
  push(bytes: Uint8Array, chance?: TokenLogprob): void {
    const text = bytes.length > 0 ? this.#decoder.decode(bytes, { stream: true }) : ''
    const start = this.#pushed
    this.#pushed += text.length
    if (chance) this.#unread.push({ start, end: this.#pushed, chance })
    if (text) this.#tell(this.#options.reader.push(text))
  }

  /** What was held back. Half a character at the end of the budget has no text. */
  end(): void {
    if (this.hasStopped) return
    this.#tell(this.#options.reader.end())
    this.#send(this.#stops.release())
  }

  #tell(pieces: readonly AnswerPiece[]) {
    for (const piece of pieces) {
      if (this.hasStopped) return
      if (piece.type === 'content') this.#readContent(piece.text, piece.at)
      else {
        // A stop text does not reach over what is no content.
        this.#send(this.#stops.release())
        this.#options.onEvent(eventOf(piece))
      }
    }
  }

  #readContent(text: string, at: number) {
    this.#moveChances(at, at + text.length)
    this.#contentRead += text.length
    this.#send(this.#stops.push(text))
  }

  /** The chances of tokens before the stretch are of no content. Those in it take their place in the content. */
  #moveChances(from: number, to: number) {
    const first = this.#unread.findIndex(({ start }) => start >= to)
    const passed = this.#unread.splice(0, first < 0 ? this.#unread.length : first)
    for (const { start, end, chance } of passed) {
      if (end < from || (end === from && start < end)) continue
      const place = this.#contentRead + Math.max(0, start - from)
      this.#unsent.push({ start: place, end: place, chance })
    }
  }

  #send(text: string) {
    if (!text) return
    this.#contentSent += text.length
    const first = this.#unsent.findIndex(({ start }) => start >= this.#contentSent)
    const logprobs = this.#unsent.splice(0, first < 0 ? this.#unsent.length : first).map(({ chance }) => chance)
    this.#options.onEvent({ type: 'text-delta', text, ...(logprobs.length > 0 && { logprobs }) })
  }
}

function eventOf(piece: Exclude<AnswerPiece, { type: 'content' }>): GenerationEvent {
  switch (piece.type) {
    case 'reasoning':
      return { type: 'reasoning-delta', text: piece.text }
    case 'call-start':
      return { type: 'tool-call-start', index: piece.index, id: piece.id, name: piece.name }
    case 'call-arguments':
      return { type: 'tool-call-delta', index: piece.index, arguments: piece.text }
  }
}
