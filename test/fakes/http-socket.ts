import { once } from 'node:events'
import type { Socket } from 'node:net'

/** A request as it came over a socket. */
export interface RawRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The requests of one connection, one after the other. Knows Content-Length and chunks; ends with the connection. */
export async function* readRequests(socket: Socket): AsyncGenerator<RawRequest> {
  // Listened to all the time: a socket that nobody reads does not notice that the other side has left.
  let held: Buffer = Buffer.alloc(0)
  let wake = () => {}
  socket.on('data', (data: Buffer) => {
    held = Buffer.concat([held, data])
    wake()
  })
  socket.once('close', () => wake())
  const more = async () => {
    const before = held.length
    while (held.length === before && !socket.destroyed)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    return held.length > before
  }
  for (;;) {
    let end = held.indexOf('\r\n\r\n')
    for (; end < 0; end = held.indexOf('\r\n\r\n')) if (!(await more())) return
    const [line = '', ...lines] = held.subarray(0, end).toString('latin1').split('\r\n')
    held = held.subarray(end + 4)
    const [method = '', path = ''] = line.split(' ')
    const headers = Object.fromEntries(
      lines.map((each) => {
        const [name = '', ...value] = each.split(':')
        return [name.toLowerCase(), value.join(':').trim()]
      }),
    )
    const length = Number(headers['content-length'] ?? 0)
    while (held.length < length) if (!(await more())) return
    const body = headers['transfer-encoding'] === 'chunked' ? await readChunked() : held.subarray(0, length)
    held = held.subarray(headers['transfer-encoding'] === 'chunked' ? 0 : length)
    yield { method, path, headers, body }
  }

  async function readChunked(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (;;) {
      while (held.indexOf('\r\n') < 0) if (!(await more())) return Buffer.concat(chunks)
      const size = Number.parseInt(held.toString('latin1', 0, held.indexOf('\r\n')), 16)
      const start = held.indexOf('\r\n') + 2
      while (held.length < start + size + 2) if (!(await more())) return Buffer.concat(chunks)
      chunks.push(held.subarray(start, start + size))
      held = held.subarray(start + size + 2)
      if (!size) return Buffer.concat(chunks)
    }
  }
}

/** The first lines of an answer. */
export function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`
}

/** A piece of a body that is sent in chunks. */
export const chunkOf = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** Writes, and waits until whoever reads has room again. Rejects once the connection is over. */
export async function writeTo(socket: Socket, data: string): Promise<void> {
  if (socket.destroyed) throw new Error('the connection is over')
  if (socket.write(data)) return
  const ending = new AbortController()
  const over = once(socket, 'close', { signal: ending.signal }).then(() => {
    throw new Error('the connection is over')
  })
  try {
    await Promise.race([once(socket, 'drain', { signal: ending.signal }), over])
  } finally {
    ending.abort()
    over.catch(() => {})
  }
}
