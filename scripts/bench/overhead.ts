import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { descendants } from '../../test/processes.ts'
import { memoryOf, processorMilliseconds } from './machine.ts'
import type { Sample } from './measure.ts'
import { RawConnection } from './overhead-client.ts'

interface FakeServer extends AsyncDisposable {
  readonly url: string
  readonly processId: number
}

const clientCounts = [1, 16, 64, 256] as const
const wordsOfStream = 256
const question = (words: number) => ({ messages: [{ role: 'user', content: `x${' x'.repeat(words - 1)}` }] })

/**
 * What the server itself costs, without a model: a fake runtime in a child process answers with the words that it is
 * asked. The client shares the machine, so its share of the processor time stands beside.
 */
export async function overheadSamples(): Promise<readonly Sample[]> {
  return [...(await speeds()), ...(await delays(1)), ...(await delays(8))]
}

/** As fast as it goes. */
async function speeds(): Promise<Sample[]> {
  await using server = await start(0)
  const samples: Sample[] = []
  for (const count of clientCounts) {
    const clients = await connect(server, count)
    const requests = Math.max(400, count * 4)
    const tiny = await timed(server, () => askAll(clients, requests, question(1)))
    const streams = Math.max(8, count)
    const long = await timed(server, () => askAll(clients, streams, { ...question(wordsOfStream), stream: true }))
    const name = `fake runtime, ${count} ${count > 1 ? 'clients' : 'client'}`
    samples.push(
      { name: `${name}: requests`, unit: 'requests/s', value: requests / tiny.seconds },
      { name: `${name}: streamed tokens`, unit: 'tokens/s', value: (streams * wordsOfStream) / long.seconds },
      { name: `${name}: share of the client`, unit: '', value: long.clientShare },
    )
    for (const client of clients) client.close()
  }
  return [...samples, ...(await growth(server))]
}

/** What stays in memory after many requests. */
async function growth(server: FakeServer): Promise<Sample[]> {
  const clients = await connect(server, 16)
  const memory = () => [server.processId, ...descendants(server.processId)].map((id) => memoryOf(id).ownBytes / 2 ** 20)
  await askAll(clients, 500, { ...question(8), stream: true })
  const before = memory()
  await askAll(clients, 2000, { ...question(8), stream: true })
  const after = memory()
  for (const client of clients) client.close()
  return ['server', 'child'].map((name, index) => ({
    name: `fake runtime: growth of the ${name} over 2,000 streams`,
    unit: 'MiB',
    value: (after[index] ?? 0) - (before[index] ?? 0),
  }))
}

/** At the pace of a small model, a token every 10 ms for all clients at once. */
async function delays(count: number): Promise<Sample[]> {
  const tokens = 300
  await using server = await start(100)
  const clients = await connect(server, count)
  const body = { ...question(tokens), stream: true }
  await Promise.all(clients.map((client) => client.ask(body)))
  const {
    seconds: _,
    serverMilliseconds,
    result,
  } = await timed(server, () => Promise.all(clients.map((client) => client.ask(body, { measures: true }))))
  for (const client of clients) client.close()
  const sorted = result.flatMap((answer) => answer.delays).toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const name = `fake runtime, 100 tokens/s for ${count} ${count > 1 ? 'clients' : 'client'}`
  return [
    { name: `${name}: from the child to the socket, median`, unit: 'ms', value: at(0.5) },
    { name: `${name}: the same, 99th percentile`, unit: 'ms', value: at(0.99) },
    { name: `${name}: processor time of the server a token of all`, unit: 'ms', value: serverMilliseconds / tokens },
  ]
}

async function askAll(clients: readonly RawConnection[], count: number, body: object): Promise<void> {
  let left = count
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) await client.ask(body)
    }),
  )
}

async function timed<Result>(server: FakeServer, work: () => Promise<Result>) {
  const [startedAt, own, before] = [performance.now(), process.cpuUsage(), processorMilliseconds(server.processId)]
  const result = await work()
  const used = process.cpuUsage(own)
  const client = (used.user + used.system) / 1000
  const seconds = (performance.now() - startedAt) / 1000
  const serverMilliseconds = processorMilliseconds(server.processId) - before
  return { result, seconds, serverMilliseconds, clientShare: client / (client + serverMilliseconds) }
}

const connect = (server: FakeServer, count: number) =>
  Promise.all(Array.from({ length: count }, () => RawConnection.open(server.url)))

/** Starts a server over the fake runtime; it ends with its standard input. */
async function start(tokensPerSecond: number): Promise<FakeServer> {
  const file = join(import.meta.dir, 'overhead-server.ts')
  const child = spawn(process.execPath, [file, String(tokensPerSecond)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: String(line).trim(),
    processId: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}
