import { chat } from '../client.ts'
import { memoryOf } from '../machine.ts'
import type { Case, Server } from './benchmark.ts'

/** From starting the program to the first token of the first answer, with the file of the model in the system's cache. */
export const startCase: Case = {
  id: 'start',
  title: 'start',
  values: [
    { name: 'ready to answer', unit: 'ms', better: 'less' },
    { name: 'first token of the first answer', unit: 'ms', better: 'less' },
  ],
  async measure({ start }) {
    const startedAt = performance.now()
    await using server = await start()
    const ready = performance.now() - startedAt
    const { firstMilliseconds, sentAt } = await chat(server.url, { text: 'Hello', maxTokens: 2 })
    return [ready, sentAt + firstMilliseconds - startedAt]
  },
}

/** What the processes hold after eight clients had an answer each at once. */
export const memoryCase: Case = {
  id: 'memory',
  title: 'memory after eight answers',
  values: [
    {
      name: 'the process that listens, where it has no model',
      unit: 'MiB',
      better: 'less',
      mark: { of: 'left', atMost: 120 },
    },
    { name: 'the process of the model, its own', unit: 'MiB', better: 'less', mark: { of: 'difference', atMost: 150 } },
    { name: 'the same with mapped files', unit: 'MiB', better: 'less', mark: { of: 'difference', atMost: 150 } },
  ],
  async measure({ server, seed }) {
    await Promise.all(
      Array.from({ length: 8 }, (_, client) =>
        chat(server.url, { text: `Write a long story about the number ${seed * 100 + client}.`, maxTokens: 64 }),
      ),
    )
    const { listening, model } = memory(server)
    return [server.modelProcessId() === server.processId ? Number.NaN : listening.all, model.own, model.all]
  },
}

/** How much a server grows over so many short requests, after a tenth as many that do not count. */
export function growthCase(requests: number): Case {
  return {
    id: 'growth',
    title: `growth over ${requests.toLocaleString('en')} short requests, eight at once`,
    values: [
      { name: 'the process that listens, before', unit: 'MiB', better: 'less' },
      { name: 'the process that listens, after', unit: 'MiB', better: 'less' },
      { name: 'the process of the model, before', unit: 'MiB', better: 'less' },
      { name: 'the process of the model, after', unit: 'MiB', better: 'less' },
    ],
    async measure({ server }) {
      await shortRequests(server, { from: 0, to: requests / 10 })
      const before = memory(server)
      await shortRequests(server, { from: requests / 10, to: requests * 1.1 })
      const after = memory(server)
      return [before.listening.all, after.listening.all, before.model.all, after.model.all]
    },
  }
}

async function shortRequests({ url }: Server, { from, to }: { from: number; to: number }): Promise<void> {
  let next = from
  const client = async () => {
    while (next < to) await chat(url, { text: `What is ${next++}?`, maxTokens: 2 })
  }
  await Promise.all(Array.from({ length: 8 }, client))
}

function memory(server: Server) {
  const [listening, model] = [server.processId, server.modelProcessId()].map((processId) => {
    const { ownBytes, fileBytes } = memoryOf(processId)
    return { own: ownBytes / 2 ** 20, all: (ownBytes + fileBytes) / 2 ** 20 }
  })
  if (!listening || !model) throw new Error('A server has at least one process.')
  return { listening, model }
}
