/** One answer, as it came over a bare socket. */
export interface RawAnswer {
  /** Pieces of text. */
  readonly pieces: number
  /** Milliseconds from the making of each piece in the child to its arrival here; none where they are not measured. */
  readonly delays: readonly number[]
}

/** One connection that asks again and again, and does as little as can be with what comes. */
export class RawConnection {
  readonly #socket: Bun.Socket<undefined>
  #answer = Promise.withResolvers<RawAnswer>()
  #pieces = 0
  #delays: number[] = []
  #isMeasured = false

  private constructor(socket: Bun.Socket<undefined>) {
    this.#socket = socket
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    const opened: { connection?: RawConnection } = {}
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: { data: (_, bytes) => opened.connection?.hear(bytes), drain() {} },
    })
    opened.connection = new RawConnection(socket)
    return opened.connection
  }

  /** Asks for a chat completion; one question at a time. */
  ask(body: object, { measures = false }: { measures?: boolean } = {}): Promise<RawAnswer> {
    this.#answer = Promise.withResolvers()
    this.#pieces = 0
    this.#delays = []
    this.#isMeasured = measures
    const text = JSON.stringify(body)
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
    this.#socket.write(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    return this.#answer.promise
  }

  close(): void {
    this.#socket.end()
  }

  /** Takes what came. A piece that is cut in two is counted once and not measured. */
  hear(bytes: Buffer): void {
    const now = performance.timeOrigin + performance.now()
    const text = bytes.toString('latin1')
    for (let at = text.indexOf('"content":"'); at >= 0; at = text.indexOf('"content":"', at + 11)) {
      this.#pieces++
      if (!this.#isMeasured) continue
      const made = /^ (\d+\.\d+);/.exec(text.slice(at + 11, at + 40))
      if (made) this.#delays.push(now - Number(made[1]))
    }
    if (text.includes('[DONE]') || text.includes('"object":"chat.completion"'))
      this.#answer.resolve({ pieces: this.#pieces, delays: this.#delays })
  }
}
