import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { messageOf } from '../core/errors.ts'
import { ListenError } from './web-server.ts'

/**
 * Sees to it that a unix socket can be made there: what a server that is gone has left is removed. Rejects with `ListenError`
 * where a server listens there, and where the file is something else, which is left alone.
 */
export async function freeSocketPath(path: string): Promise<void> {
  const before = await fileAt(path)
  if (!before) return
  if (!before.isSocket)
    throw new ListenError(`There is a file at ${path} that is no socket. Remove it, or choose another path.`)
  const reason = await whyNoConnection(path)
  if (reason === undefined)
    throw new ListenError(`A server listens on ${path} already. Stop it, or choose another path.`)
  if (reason !== 'ECONNREFUSED' && reason !== 'ENOENT')
    throw new ListenError(`There is a socket at ${path}, and nobody knows whose: ${reason}. Choose another path.`)
  // Not what somebody else has put there meanwhile.
  if ((await fileAt(path))?.id !== before.id) return freeSocketPath(path)
  await unlink(path).catch((error) => {
    throw new ListenError(`What a server has left at ${path} cannot be removed: ${messageOf(error)}.`, { cause: error })
  })
}

async function fileAt(path: string): Promise<{ isSocket: boolean; id: string } | undefined> {
  try {
    const found = await lstat(path, { bigint: true })
    return { isSocket: found.isSocket(), id: `${found.dev} ${found.ino} ${found.ctimeNs}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // What cannot be looked at cannot be made either: whoever listens says why.
    return undefined
  }
}

/** Nothing where there was one; else the code of the system. */
function whyNoConnection(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? messageOf(error)))
  })
}
