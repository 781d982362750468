import { constants } from 'node:os'

/** A server that is up. */
export interface RunningServer {
  /** Every address that it listens on: `http://127.0.0.1:8080`, `unix:/run/hearth.sock`. */
  readonly urls: readonly string[]
  /** Whether requests had to bring an API key when it started. */
  readonly asksForKey?: boolean
  /** Resolves with an exit code once the server is gone. */
  readonly stopped: Promise<number>
  /** Lets running requests end, takes no new ones, then resolves `stopped`. */
  stop(reason: string): void
  /** Reads the configuration again. Absent: it stays as it is. Never rejects. */
  reload?(): Promise<unknown>
}

type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What `serveUntilStopped` needs of the world; `process` has the first and the last. */
export interface ServeWorld {
  readonly signals: {
    on(signal: string, listener: () => void): unknown
    off(signal: string, listener: () => void): unknown
  }
  /** Starts the server; resolves when it listens. */
  readonly start: () => Promise<RunningServer>
  readonly onReady: (server: RunningServer) => void
  /** Called at the first signal, also when the server is not up yet. */
  readonly onStopping: (signal: string) => void
  /** Ends the process at once. */
  readonly exit: (code: number) => void
  /** Whether a SIGHUP means that the terminal is gone. Absent: SIGHUP does what the system does by itself. */
  readonly isHangUp?: () => boolean
  /** Asked once the server is up: whether a SIGHUP has come before this began to listen for one. */
  readonly wasReloadAsked?: () => boolean
}

/**
 * Runs a server until it is gone and resolves with its exit code. The first SIGINT or SIGTERM lets running requests end;
 * the second ends the process at once, with 128 and the signal's number, as shells count. A signal that comes while the
 * server starts is obeyed as soon as it is up. SIGHUP has the configuration read again, as soon as the server is up, unless the
 * terminal is gone, which stops the server like any other signal.
 */
export async function serveUntilStopped(world: ServeWorld): Promise<number> {
  const { signals, start, onReady, onStopping, exit, isHangUp, wasReloadAsked } = world
  let asked: string | undefined
  let isReloadAsked = false
  let server: RunningServer | undefined
  const stopBy = (signal: StopSignal) => () => {
    if (asked) return exit(128 + constants.signals[signal])
    asked = signal
    onStopping(signal)
    server?.stop(signal)
  }
  const hangUp = () => {
    if (isHangUp?.()) return stopBy('SIGHUP')()
    if (server) void server.reload?.()
    else isReloadAsked = true
  }
  const listeners: readonly { readonly signal: StopSignal; readonly listener: () => void }[] = [
    { signal: 'SIGINT', listener: stopBy('SIGINT') },
    { signal: 'SIGTERM', listener: stopBy('SIGTERM') },
    ...(isHangUp ? [{ signal: 'SIGHUP', listener: hangUp } as const] : []),
  ]
  for (const { signal, listener } of listeners) signals.on(signal, listener)
  try {
    server = await start()
    if (asked) server.stop(asked)
    else {
      onReady(server)
      if (isReloadAsked || wasReloadAsked?.()) void server.reload?.()
    }
    return await server.stopped
  } finally {
    for (const { signal, listener } of listeners) signals.off(signal, listener)
  }
}
