/** Characters of the longest event that is waited for. */
const longestBlock = 2 ** 24

/**
 * Cuts a stream of server-sent events where one ends (https://html.spec.whatwg.org/multipage/server-sent-events.html). Lines
 * may end in any of the three ways; those of a block end in `\n`, and its last one and the empty line behind it are left out.
 */
export class EventBlocks {
  readonly #decoder = new TextDecoder()
  #text = ''
  /** Up to where no block ends. */
  #seen = 0
  #endsInReturn = false

  /** What has come of a block that was not completed. */
  rest(): string {
    return this.#text.trim()
  }

  /** The blocks that are complete now, in order. Throws `RangeError` where one is too long. */
  *add(bytes: Uint8Array): Generator<string> {
    this.#text += this.#withPlainEnds(this.#decoder.decode(bytes, { stream: true }))
    for (;;) {
      const end = this.#text.indexOf('\n\n', Math.max(0, this.#seen - 1))
      if (end < 0) break
      const block = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      this.#seen = 0
      if (block.trim() !== '') yield block.replace(/^\n+/, '')
    }
    this.#seen = this.#text.length
    if (this.#seen > longestBlock) throw new RangeError(`one event of it has more than ${longestBlock} characters`)
  }

  #withPlainEnds(text: string): string {
    if (!this.#endsInReturn && !text.includes('\r')) return text
    // The other half of an end of a line that was told already.
    const whole = this.#endsInReturn && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') this.#endsInReturn = text.endsWith('\r')
    return whole.replace(/\r\n?/g, '\n')
  }
}
