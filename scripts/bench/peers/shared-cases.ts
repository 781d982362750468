import { createConnection, type Socket } from 'node:net'
import { chat, streamChat } from '../client.ts'
import { decodeSpeed } from '../decode-speed.ts'
import { memoryOf } from '../machine.ts'
import type { Case } from './benchmark.ts'
import { randomText } from './texts.ts'

/** Clients that all come at once with the same long system prompt, which nobody has asked before, and different questions. */
export function systemPromptCase(clients: number): Case {
  const tokens = 750
  return {
    id: 'system-prompt',
    title: `${clients} clients at once with one new system prompt of about ${tokens} tokens, 32 tokens each`,
    values: [
      { name: 'until all have their first token', unit: 'ms', better: 'less' },
      { name: 'until all are done', unit: 'ms', better: 'less' },
    ],
    async measure({ server, seed }) {
      const system = { role: 'system', content: randomText(seed, tokens) }
      const answers = await Promise.all(
        Array.from({ length: clients }, (_, client) => {
          const messages = [system, { role: 'user', content: `Question ${client}: what is this about?` }]
          return streamChat(server.url, { messages, temperature: 0, max_tokens: 32 })
        }),
      )
      const from = Math.min(...answers.map(({ sentAt }) => sentAt))
      const firsts = answers.map(({ sentAt, firstMilliseconds }) => sentAt + firstMilliseconds)
      return [Math.max(...firsts) - from, Math.max(...answers.map(({ endedAt }) => endedAt)) - from]
    },
  }
}

/** A short chat that is sent one second after a prompt of 4,000 tokens, and another one when nothing else is asked. */
export function mixedCase(): Case {
  const most = { of: 'left', atMost: 2 } as const
  return {
    id: 'mix',
    title: 'a short chat of 32 tokens while a prompt of about 4,000 tokens is read',
    values: [
      { name: 'first token', unit: 'ms', better: 'less' },
      { name: 'first token, beside ÷ alone', unit: 'times', better: 'less', mark: most },
      { name: 'whole answer', unit: 'ms', better: 'less' },
      { name: 'whole answer, beside ÷ alone', unit: 'times', better: 'less', mark: most },
      { name: 'the long prompt beside it', unit: 'ms', better: 'less' },
    ],
    async measure({ server, seed, doubt }) {
      const short = (salt: number) =>
        chat(server.url, { text: `Tell me about the number ${seed * 10 + salt}.`, maxTokens: 32 })
      const long = chat(server.url, { text: randomText(seed, 4000), maxTokens: 2 })
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const beside = await short(1)
      const { sentAt, firstMilliseconds } = await long
      if (sentAt + firstMilliseconds < beside.sentAt) doubt('the long prompt was read before the short chat was sent.')
      const alone = await short(2)
      const wholes = [beside, alone].map((answer) => answer.endedAt - answer.sentAt)
      const [besideWhole = Number.NaN, aloneWhole = Number.NaN] = wholes
      const times = beside.firstMilliseconds / alone.firstMilliseconds
      return [beside.firstMilliseconds, times, besideWhole, besideWhole / aloneWhole, firstMilliseconds]
    },
  }
}

/** Connections that have asked for the health once and are kept open, beside one stream. */
export function idleConnectionsCase(count: number): Case {
  return {
    id: 'idle-connections',
    title: `one stream of 128 tokens beside ${count} idle connections`,
    values: [
      { name: 'speed', unit: 'tokens/s', better: 'more' },
      { name: 'memory that they take', unit: 'MiB', better: 'less' },
    ],
    async measure({ server, seed, doubt }) {
      const before = residentMebibytes(server.processId)
      const sockets = await Promise.all(Array.from({ length: count }, () => idleConnection(server.url)))
      try {
        const memory = residentMebibytes(server.processId) - before
        const answer = await chat(server.url, { text: `Write a long story about the number ${seed}.`, maxTokens: 128 })
        const closed = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length
        if (closed > 0) doubt(`it closed ${closed} of ${count} idle connections.`)
        return [decodeSpeed([answer]), memory]
      } finally {
        for (const socket of sockets) socket.destroy()
      }
    },
  }
}

/** Resolves with the connection when its first request is answered. */
function idleConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port) })
    socket.once('error', reject)
    socket.once('connect', () => socket.write(`GET /health HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`))
    socket.on('data', () => resolve(socket))
  })
}

function residentMebibytes(processId: number): number {
  const { ownBytes, fileBytes } = memoryOf(processId)
  return (ownBytes + fileBytes) / 2 ** 20
}
