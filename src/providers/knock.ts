import { connect } from 'node:net'

/**
 * Whether a machine is there: makes a connection and closes it. Resolves with false where nothing came back in that time. `fetch`
 * does not say whether it waits for a connection or for an answer.
 */
export function knock(url: URL, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (isThere: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(isThere)
    }
    const stop = () => end(true)
    const timer = setTimeout(() => end(false), milliseconds)
    socket.once('connect', stop)
    // A server that stops refuses new connections, and ends what it is at.
    socket.on('error', stop)
    signal.addEventListener('abort', stop, { once: true })
  })
}
