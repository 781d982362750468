/** What `process` has of signals. */
interface Signals {
  on(signal: 'SIGHUP', listener: () => void): unknown
  off(signal: 'SIGHUP', listener: () => void): unknown
}

/** The SIGHUPs that come before a server is there to hear them. */
export interface EarlyHangUps extends Disposable {
  /** Aborts when the terminal is gone. */
  readonly signal: AbortSignal
  /** Whether somebody has asked for the configuration to be read again. */
  readonly isReloadAsked: boolean
}

/** Listens until it is disposed of: what comes meanwhile ends no process by itself, as it would if nobody listened. */
export function hearEarlyHangUps(signals: Signals, isHangUp: () => boolean): EarlyHangUps {
  const ending = new AbortController()
  let isReloadAsked = false
  const hear = () => {
    if (isHangUp()) ending.abort(new Error('stopped by SIGHUP'))
    else isReloadAsked = true
  }
  signals.on('SIGHUP', hear)
  return {
    signal: ending.signal,
    get isReloadAsked() {
      return isReloadAsked
    },
    [Symbol.dispose]: () => void signals.off('SIGHUP', hear),
  }
}
