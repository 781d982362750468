import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readAnswers, type WireAnswer } from './read-answers.ts'

/** Bytes on their way to a server, and what is to become of the connection. */
export interface ByteCall {
  readonly port: number
  /** One after the other, each in a packet of its own as far as the system lets them be. */
  readonly pieces: readonly Buffer[]
  /** What the client does once all is sent. Default: it waits. */
  readonly after?: 'wait' | 'half-close' | 'reset'
  /** How many answers must come: they are waited for with patience. Default: none; what comes within a moment is taken. */
  readonly wanted?: number
  /** Whether nothing is waited for once they have come. */
  readonly isDoneThen?: boolean
  /** Methods of the requests in order, where there is a HEAD among them. */
  readonly methods?: readonly string[]
}

/** What came of it. */
export interface ByteOutcome {
  readonly answers: readonly WireAnswer[]
  /** Bytes that are no answer. */
  readonly rest: string
  readonly isClosed: boolean
}

/** Silence after which no more is expected, in milliseconds. A server that is slower is looked at less closely, no more. */
const quietMilliseconds = 200
/** For answers that must come. */
const patienceMilliseconds = 20_000

/** Sends bytes over a connection of their own and takes what comes back. Never rejects: a connection that is cut is an outcome. */
export async function sendBytes(call: ByteCall): Promise<ByteOutcome> {
  const socket = connect({ port: call.port, host: '127.0.0.1', allowHalfOpen: call.after === 'half-close' })
  const received: Buffer[] = []
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => received.push(bytes))
  const read = () => readAnswers(Buffer.concat(received), call.methods)
  try {
    await Promise.race([once(socket, 'connect').catch(() => {}), closed])
    await write(socket, call.pieces, closed)
    if (call.after === 'half-close') socket.end()
    if (call.after !== 'reset')
      await untilQuiet(
        socket,
        closed,
        wishOf(call, () => read().answers.length),
      )
    return { ...read(), isClosed: socket.destroyed || socket.readableEnded }
  } finally {
    if (call.after === 'reset') socket.resetAndDestroy()
    else socket.destroy()
    await closed
  }
}

/** Without a word where the connection ends before all is sent. */
async function write(socket: Socket, pieces: readonly Buffer[], closed: Promise<void>): Promise<void> {
  socket.setNoDelay(true)
  for (const piece of pieces) {
    if (socket.destroyed) return
    const written = new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    await Promise.race([written, closed])
    // Without it the system would join what is written in one turn.
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** When the answers are enough, and whether what follows them is looked at, too. */
interface Wish {
  isMet(): boolean
  readonly isDoneThen: boolean
}

const wishOf = ({ wanted = 0, isDoneThen = false }: ByteCall, count: () => number): Wish => ({
  isMet: () => count() >= wanted,
  isDoneThen,
})

/** Resolves when the connection is over, or when what was wanted has come and no more follows. */
async function untilQuiet(socket: Socket, closed: Promise<void>, wish: Wish): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds
  let timer: NodeJS.Timeout | undefined
  const quiet = new Promise<void>((resolve) => {
    const look = () => {
      if (wish.isMet() || performance.now() > deadline) resolve()
      else arm()
    }
    const arm = () => {
      clearTimeout(timer)
      timer = setTimeout(look, quietMilliseconds)
    }
    socket.on('data', () => (wish.isDoneThen && wish.isMet() ? resolve() : arm()))
    arm()
  })
  const ended = new Promise<void>((resolve) => socket.once('end', () => resolve()))
  await Promise.race([quiet, closed, ended])
  clearTimeout(timer)
}
