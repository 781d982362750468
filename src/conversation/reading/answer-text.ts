import type { AnswerPiece } from '../answer-plan.ts'

/**
 * A program that reads an answer from its beginning to its end, written as if all of the text were there: it yields
 * where it needs more of it, and is continued when there is more, or when there will be none.
 */
export type Reading<Result> = Generator<void, Result, void>

/** The text of one answer while it comes, with a place in it, and the pieces that were made of what lies before. */
export class AnswerText {
  #text = ''
  /** Where `#text` begins in all that came. */
  #base = 0
  #place = 0
  #pieces: AnswerPiece[] = []
  #calls = 0
  isEnded = false
  isReasoning = false
  hasThought = false

  get hasCalls(): boolean {
    return this.#calls > 0
  }

  /** How many calls have begun. */
  get callCount(): number {
    return this.#calls
  }

  /** The place, in UTF-16 units from the start of the answer. */
  get place(): number {
    return this.#base + this.#place
  }

  /** What has come and lies behind the place. */
  get ahead(): string {
    return this.#text.slice(this.#place)
  }

  append(text: string): void {
    this.#text += text
  }

  /** Goes back, or on. A place before the last piece that was given is not to be had any more. */
  moveTo(place: number): void {
    this.#place = place - this.#base
  }

  advance(length: number): string {
    const text = this.#text.slice(this.#place, this.#place + length)
    this.#place += text.length
    return text
  }

  give(type: 'content' | 'reasoning', length: number): void {
    if (length === 0) return
    const at = this.place
    this.#pieces.push({ type, text: this.advance(length), at })
  }

  beginCall(id: string, name: string): void {
    this.#pieces.push({ type: 'call-start', index: this.#calls, id, name })
    this.#calls++
  }

  giveArguments(text: string): void {
    if (text !== '') this.#pieces.push({ type: 'call-arguments', index: this.#calls - 1, text })
  }

  /** The pieces since the last time, neighbours of one kind joined. */
  takePieces(): readonly AnswerPiece[] {
    const taken = this.#pieces
    this.#pieces = []
    return joinNeighbours(taken)
  }

  /** Lets go of the text before the place; nobody goes back there. */
  forget(): void {
    this.#text = this.#text.slice(this.#place)
    this.#base += this.#place
    this.#place = 0
  }

  /** Waits until there are `length` characters ahead; answers whether there are. */
  *has(length: number): Reading<boolean> {
    while (this.#text.length - this.#place < length) {
      if (this.isEnded) return false
      yield
    }
    return true
  }

  /** The next character, without moving on; undefined at the end of the answer. */
  *next(): Reading<string | undefined> {
    return (yield* this.has(1)) ? this.#text[this.#place] : undefined
  }

  /** Moves past white space. */
  *skipSpace(): Reading<void> {
    for (let next = yield* this.next(); next !== undefined && isSpace(next); next = yield* this.next()) this.#place++
  }

  /** Moves past exactly this text if it comes next, and stays where it is otherwise. */
  *take(text: string): Reading<boolean> {
    for (let length = 1; length <= text.length; length++) {
      if (!(yield* this.has(length)) || this.#text[this.#place + length - 1] !== text[length - 1]) return false
    }
    this.#place += text.length
    return true
  }

  /**
   * As `take`, but white space counts for nothing, in the text as in the answer, and is skipped around it. When the
   * answer ends in the middle of it (`cut`), the place is the end.
   */
  *takeLoosely(text: string): Reading<Taken> {
    const start = this.place
    for (const letter of text) {
      if (isSpace(letter)) continue
      yield* this.skipSpace()
      if (yield* this.take(letter)) continue
      if (this.isEnded && this.ahead === '') return 'cut'
      this.moveTo(start)
      return 'missing'
    }
    yield* this.skipSpace()
    return 'taken'
  }
}

/** Whether an expected text came; `cut`: the answer ended before it was whole. */
export type Taken = 'taken' | 'cut' | 'missing'

export const isSpace = (letter: string): boolean =>
  letter === ' ' || letter === '\n' || letter === '\r' || letter === '\t'

function joinNeighbours(pieces: readonly AnswerPiece[]): readonly AnswerPiece[] {
  const joined: AnswerPiece[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    const whole = last && join(last, piece)
    if (whole) joined[joined.length - 1] = whole
    else joined.push(piece)
  }
  return joined
}

function join(left: AnswerPiece, right: AnswerPiece): AnswerPiece | undefined {
  if (left.type === 'call-arguments' && right.type === 'call-arguments' && left.index === right.index)
    return { ...left, text: left.text + right.text }
  const isText = left.type === 'content' || left.type === 'reasoning'
  if (!isText || right.type !== left.type || left.at + left.text.length !== right.at) return undefined
  return { ...left, text: left.text + right.text }
}
