import { messageOf } from '../core/errors.ts'
import { describeEnd, describeNoStart, type SpawnCall, type SpawnedProcess } from './child-process.ts'

type Piped = Bun.Subprocess<'pipe', 'pipe', 'pipe'>

/** The descriptor that follows the standard ones, a socket. */
const messageDescriptor = 3

/**
 * Starts a process with Bun.spawn, and a socket beside its standard streams: what comes over a stream passes several
 * layers and three more system calls before its reader has it, which is much for a token.
 */
export function spawnBun(call: SpawnCall): SpawnedProcess {
  const exited = Promise.withResolvers<string>()
  const child = start(call, (ended) => exited.resolve(describeEnd(ended.exitCode, ended.signalCode)))
  if (typeof child === 'string') return notStarted(child)
  const socket = openSocket(child, call.onMessage)
  const isRead = Promise.all([
    socket.closed,
    readStream(child.stdout, call.onOutput),
    readStream(child.stderr, call.onErrorOutput),
  ])
  return {
    processId: child.pid,
    messageDescriptor,
    gone: isRead.then(() => exited.promise),
    write: (text) =>
      attempt(() => {
        child.stdin.write(text)
        return child.stdin.flush()
      }),
    knock: () => attempt(() => socket.knock()),
    endInput: () => attempt(() => child.stdin.end()),
    kill: () => child.kill('SIGKILL'),
  }
}

function start({ command, environment }: SpawnCall, onExit: (ended: Bun.Subprocess) => void): Piped | string {
  try {
    const stdio = ['pipe', 'pipe', 'pipe', 'socket-fd'] as const
    return Bun.spawn([...command], { stdio: [...stdio], env: { ...environment }, onExit }) as Piped
  } catch (error) {
    return describeNoStart(messageOf(error))
  }
}

const notStarted = (why: string): SpawnedProcess => ({
  processId: undefined,
  gone: Promise.resolve(why),
  write() {},
  endInput() {},
  kill() {},
})

/** `closed` resolves when the child has closed its end, as its own end does at the latest. */
function openSocket(child: Piped, tell: (bytes: Uint8Array) => void) {
  const closed = Promise.withResolvers<void>()
  let knock = () => {}
  const socket = { data: (_: unknown, bytes: Uint8Array) => tell(bytes), close: () => closed.resolve() }
  // Bun's types describe these options, and leave them out of those of `connect`.
  const options = { fd: child.stdio[messageDescriptor] as number, socket } satisfies Bun.FdSocketOptions
  const connected = Bun.connect(options as unknown as Bun.UnixSocketOptions<undefined>)
  connected.then((opened) => {
    knock = () => void opened.write('!')
  })
  connected.catch(() => {
    // Nobody would hear what it says.
    child.kill('SIGKILL')
    closed.resolve()
  })
  return { closed: closed.promise, knock: () => knock() }
}

async function readStream(stream: ReadableStream<Uint8Array>, tell: (bytes: Uint8Array) => void): Promise<void> {
  try {
    for await (const bytes of stream) tell(bytes)
  } catch {
    // It has ended with the child.
  }
}

/** A pipe to a child that is gone fails; `gone` tells it to all who need to know. */
function attempt(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => {})
  } catch {}
}
