import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client that knows only bytes, for what no HTTP library would do. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  /** All that has come so far. */
  text(): string
  /** Resolves once the text has come; rejects when the connection ends before that. */
  until(text: string): Promise<void>
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>
}

/** Connects to a port of this machine. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    received += text
  })
  // A server that cuts the connection is what some tests are about.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  return {
    socket,
    closed,
    text: () => received,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!received.includes(text)) return
          socket.off('data', look)
          resolve()
        }
        socket.on('data', look)
        closed.then(() => reject(new Error(`The connection ended before '${text}' came, with: ${received}`)))
        look()
      }),
    [Symbol.dispose]: () => socket.destroy(),
  }
}

/** A POST of this JSON, as the bytes of HTTP/1.1. */
export function postBytes(path: string, body: unknown, requestId = 'test'): string {
  const text = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${requestId}\r\n`
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}
