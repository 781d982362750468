/** Characters of the longest event that is waited for. */
const longestBlock = 2 ** 24

/**
 * Cuts a stream of server-sent events where one ends (https://html.spec.whatwg.org/multipage/server-sent-events.html). Lines
 * may end in any of the three ways; those of a block end in `\n`, and its last one and the empty line behind it are left out.
 */
export class EventBlocks {
  readonly #decoder = new TextDecoder()
  /** What has come of a block that is not complete: joined when it is, since a long one comes in many pieces. */
  #pieces: string[] = []
  #length = 0
  #endsInReturn = false

  /** What has come of a block that was not completed. */
  rest(): string {
    return this.#pieces.join('').trim()
  }

  /** The blocks that are complete now, in order. Throws `RangeError` where one is too long. */
  *add(bytes: Uint8Array): Generator<string> {
    const came = this.#withPlainEnds(this.#decoder.decode(bytes, { stream: true }))
    if (came === '') return
    // The end of a line and the empty line behind it may come apart.
    const isParted = came.startsWith('\n') && this.#pieces.at(-1)?.endsWith('\n')
    let start = isParted ? 1 : 0
    if (isParted) yield* this.#complete('')
    for (let end = came.indexOf('\n\n', start); end >= 0; end = came.indexOf('\n\n', start)) {
      yield* this.#complete(came.slice(start, end))
      start = end + 2
    }
    this.#keep(start === 0 ? came : came.slice(start))
  }

  /** The block whose last piece this is, unless nothing stands in it. */
  *#complete(last: string): Generator<string> {
    const whole = this.#length === 0 ? last : this.#pieces.join('') + last
    this.#pieces = []
    this.#length = 0
    const from = whole.search(/[^\n]/)
    if (from >= 0 && /\S/.test(whole))
      yield from === 0 && !whole.endsWith('\n') ? whole : whole.slice(from).replace(/\n$/, '')
  }

  #keep(piece: string): void {
    if (piece === '') return
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length > longestBlock) throw new RangeError(`one event of it has more than ${longestBlock} characters`)
  }

  #withPlainEnds(text: string): string {
    if (!this.#endsInReturn && !text.includes('\r')) return text
    // The other half of an end of a line that was told already.
    const whole = this.#endsInReturn && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') this.#endsInReturn = text.endsWith('\r')
    return whole.replace(/\r\n?/g, '\n')
  }
}
