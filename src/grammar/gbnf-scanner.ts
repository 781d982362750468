import { GrammarProblem } from './grammar-problem.ts'

const simpleEscapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }
const hexLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** Goes through the text of a grammar in GBNF, piece by piece. */
export class GbnfScanner {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length
  }

  get isAtName(): boolean {
    return /[A-Za-z0-9_-]/.test(this.peek())
  }

  /** The character here, or some further on; empty at the end. */
  peek(offset = 0): string {
    return this.#source[this.#at + offset] ?? ''
  }

  take(expected: string): boolean {
    if (!this.#source.startsWith(expected, this.#at)) return false
    this.#at += expected.length
    return true
  }

  takeLineEnd(): boolean {
    return this.take('\r\n') || this.take('\n') || this.take('\r')
  }

  /** Blanks and comments, and line ends where they end nothing. */
  skipSpace(hasLineEnds: boolean): void {
    for (;;) {
      if (this.peek() === '#') while (!this.isAtEnd && !'\r\n'.includes(this.peek())) this.#at++
      else if (this.peek() === ' ' || this.peek() === '\t') this.#at++
      else if (!hasLineEnds || !this.takeLineEnd()) return
    }
  }

  readName(): string {
    const start = this.#at
    while (this.isAtName) this.#at++
    return start === this.#at ? this.fail('A name of a rule is expected here') : this.#source.slice(start, this.#at)
  }

  readNumber(): number | undefined {
    const start = this.#at
    while (/[0-9]/.test(this.peek())) this.#at++
    return start === this.#at ? undefined : Number(this.#source.slice(start, this.#at))
  }

  /** What stands before the next such character on the same line, which is taken too. */
  readUntil(end: string): string | undefined {
    const start = this.#at
    while (!this.isAtEnd && this.peek() !== end && !'\r\n'.includes(this.peek())) this.#at++
    const result = this.#source.slice(start, this.#at)
    return this.take(end) ? result : undefined
  }

  /** One character of a text or a class, escapes resolved, as its code point. `end`: what closes the text. */
  readCharacter(end: string): number {
    const start = this.#at
    if (this.isAtEnd) return this.fail(`A ${end} is missing`)
    if (!this.take('\\')) {
      const code = this.#source.codePointAt(this.#at) ?? 0
      this.#at += code > 0xffff ? 2 : 1
      return code
    }
    const letter = this.peek()
    this.#at++
    const length = hexLengths[letter]
    if (length !== undefined) return this.#readHex(length, start)
    const escaped = simpleEscapes[letter] ?? ('\\"[]'.includes(letter) ? letter : '')
    return escaped.codePointAt(0) ?? this.fail(`The escape "\\${letter}" is not known`, start)
  }

  #readHex(length: number, start: number): number {
    const digits = this.#source.slice(this.#at, this.#at + length)
    const code = Number.parseInt(digits, 16)
    if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits))
      this.fail(`${length} hexadecimal digits are expected`, start)
    if (code > 0x10ffff) this.fail('There is no such character', start)
    this.#at += length
    return code
  }

  /** Throws `GrammarProblem` for the place where the reading is, or another one. */
  fail(problem: string, at = this.#at): never {
    const lines = this.#source.slice(0, at).split(/\r\n|\n|\r/)
    throw new GrammarProblem(problem, { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 })
  }
}
