/** Characters of the longest event that is waited for. */
const longestBlock = 2 ** 24

const space = 0x20

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
  /** What was added last, and how far it was read. */
  #came = ''
  #start = 0

  /** What has come of a block that was not completed. */
  rest(): string {
    return this.#pieces.join('').trim()
  }

  /** Takes what has come. `next` is to be called until it gives nothing more. */
  add(bytes: Uint8Array): void {
    this.#came = this.#withPlainEnds(this.#decoder.decode(bytes, { stream: true }))
    this.#start = 0
  }

  /** The next block that is complete now. Throws `RangeError` where what is not complete yet is too long. */
  next(): string | undefined {
    for (;;) {
      const start = this.#start
      const end = this.#endOfBlock()
      if (end < 0) {
        this.#keep(start === 0 ? this.#came : this.#came.slice(start))
        return undefined
      }
      const block = this.#complete(this.#came.slice(start, end))
      if (block !== undefined) return block
    }
  }

  /** Where the block ends that is being read, behind which the next one starts then; negative: not here. */
  #endOfBlock(): number {
    // The end of a line and the empty line behind it may come apart.
    const isParted = this.#length > 0 && this.#came.startsWith('\n') && this.#pieces.at(-1)?.endsWith('\n')
    const end = isParted ? 0 : this.#came.indexOf('\n\n', this.#start)
    if (end >= 0) this.#start = end + (isParted ? 1 : 2)
    return end
  }

  /** The block whose last piece this is; undefined where nothing stands in it. */
  #complete(last: string): string | undefined {
    const whole = this.#length === 0 ? last : this.#pieces.join('') + last
    if (this.#length > 0) this.#pieces = []
    this.#length = 0
    // Nearly all begin with a letter and end with one.
    if (whole.charCodeAt(0) > space && !whole.endsWith('\n')) return whole
    return /\S/.test(whole) ? whole.replace(/^\n+/, '').replace(/\n$/, '') : undefined
  }

  #keep(piece: string): void {
    if (piece === '') return
    this.#came = ''
    this.#start = 0
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
