import { type AnswerText, isSpace, type Reading } from './answer-text.ts'

/**
 * Passes one JSON value on as it stands, piece by piece, while it comes, and stops behind it. It is cut by its brackets
 * and quotes and not checked further. What was passed on is forgotten. Answers false when the answer ends first, or when no value stands here.
 */
export function* passJson(text: AnswerText, pass: (piece: string) => void): Reading<boolean> {
  const first = yield* text.next()
  if (first === undefined) return false
  if (first !== '{' && first !== '[' && first !== '"') return yield* passScalar(text, pass)
  const cut = new JsonCut()
  for (;;) {
    const ahead = text.ahead
    const length = cut.read(ahead)
    if (length > 0) pass(text.advance(length))
    text.forget()
    if (cut.isOver) return true
    if (text.isEnded) return false
    yield
  }
}

/** A number or a word: it ends where something else begins. */
function* passScalar(text: AnswerText, pass: (piece: string) => void): Reading<boolean> {
  let value = ''
  for (let next = yield* text.next(); next !== undefined && /[-+.\w]/.test(next); next = yield* text.next())
    value += text.advance(1)
  pass(value)
  return value !== ''
}

/** Finds the end of an object, an array or a string, over any number of pieces. */
class JsonCut {
  #depth = 0
  #isInString = false
  #isEscaped = false
  isOver = false

  /** How much of the text still belongs to the value. */
  read(text: string): number {
    for (let index = 0; index < text.length; index++) {
      this.#step(text[index] ?? '')
      if (this.isOver) return index + 1
    }
    return text.length
  }

  #step(letter: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (this.#isInString && letter === '\\') this.#isEscaped = true
    else if (letter === '"') this.#quote()
    else if (this.#isInString) return
    else if (letter === '{' || letter === '[') this.#depth++
    else if (letter === '}' || letter === ']') this.#close()
    else if (this.#depth === 0 && !isSpace(letter)) this.isOver = true
  }

  #quote(): void {
    this.#isInString = !this.#isInString
    this.isOver = !this.#isInString && this.#depth === 0
  }

  #close(): void {
    this.#depth--
    this.isOver = this.#depth <= 0
  }
}
