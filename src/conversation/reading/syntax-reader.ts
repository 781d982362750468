import type { AnswerPiece, AnswerReader } from '../answer-plan.ts'
import { AnswerText, type Reading } from './answer-text.ts'

/** Runs a reading over an answer that comes in pieces. */
export class SyntaxReader implements AnswerReader {
  readonly #text = new AnswerText()
  readonly #reading: Reading<void>

  constructor(read: (text: AnswerText) => Reading<void>) {
    this.#reading = read(this.#text)
    this.#reading.next()
  }

  get isReasoning(): boolean {
    return this.#text.isReasoning
  }

  get hasCalls(): boolean {
    return this.#text.hasCalls
  }

  push(text: string): readonly AnswerPiece[] {
    this.#text.append(text)
    this.#reading.next()
    return this.#text.takePieces()
  }

  end(): readonly AnswerPiece[] {
    this.#text.isEnded = true
    this.#reading.next()
    return this.#text.takePieces()
  }
}
