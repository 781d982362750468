import { connect } from 'node:net'

/**
 * Whether a machine takes connections: makes one and closes it. Resolves with false where none came about in that time. `fetch`
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
    const stop = () => end(false)
    const timer = setTimeout(stop, milliseconds)
    socket.once('connect', () => end(true))
    // A port that refuses is told by the request itself.
    socket.on('error', stop)
    signal.addEventListener('abort', stop, { once: true })
  })
}
