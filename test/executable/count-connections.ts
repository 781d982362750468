import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const ours = 'counted'

/** Counts the connections to a Unix socket, until it is closed; `onConnection` is called at each. */
export async function countConnections(path: string, onConnection: () => void = () => {}) {
  let connections = 0
  const heardOurs = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    connections++
    onConnection()
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text) => {
      if (text.toString() === ours) heardOurs.resolve()
    })
  })
  await once(server.listen(path), 'listening')
  return {
    /** How many were made until now; those that the system has not told of yet come before one of our own. Called once. */
    count: async (): Promise<number> => {
      const own = connect(path)
      own.write(ours)
      await heardOurs.promise
      own.destroy()
      return connections - 1
    },
    close: () => void server.close(),
  }
}
