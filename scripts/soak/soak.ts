import { descendants, untilGone } from '../../test/processes.ts'
import { type Hearth, startHearth } from '../../test/start-hearth.ts'
import { runClient } from './client.ts'
import { openFiles, type Watch, watch } from './watch.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly clients: number
  /** One of the server's processes is killed so often. */
  readonly killEverySeconds: number
  /** Told how it goes, about every ten seconds. */
  readonly onProgress?: (line: string) => void
}

export interface SoakReport {
  /** How often a request of a kind ended in a way: `chat: answered` → 17. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly kills: number
  readonly slowestHealthMilliseconds: number
  /** Resident memory of the server's own process after a third of the time, and at the end. */
  readonly megabytes: readonly [warm: number, last: number]
  /** Everything that must not happen; empty when all is well. */
  readonly problems: readonly string[]
}

const slots = 4
/** Growth of the server's own memory that is no leak: what its garbage collector has not been asked for yet. */
const allowedMegabytes = 60

/**
 * Lets clients come and go at a real server while its model processes are killed, and looks for what is left behind:
 * requests without an answer, slots that are still taken, processes, open files, memory.
 */
export async function soak({ seconds, clients, killEverySeconds, onProgress }: SoakOptions): Promise<SoakReport> {
  const hearth = await startHearth({ flags: ['--slots', `${slots}`, '--n-ctx', '1024', '--max-queue', '8'] })
  const problems: string[] = []
  const outcomes = new Map<string, number>()
  const count = (kind: string, outcome: string) => {
    if (outcome.startsWith('wrong')) problems.push(outcome)
    const key = `${kind}: ${outcome.startsWith('wrong') ? 'wrong' : outcome}`
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
  }
  try {
    await fillAllSlots(hearth.url)
    const filesBefore = openFiles(hearth.processId)
    const watching = watch({ url: hearth.url, processId: hearth.processId, killEverySeconds })
    const until = performance.now() + seconds * 1000
    const talk = setInterval(() => onProgress?.(summary(outcomes, watching)), 10_000)
    const call = { isOver: () => performance.now() > until, onOutcome: count }
    await Promise.all(Array.from({ length: clients }, () => runClient(hearth.url, call)))
    clearInterval(talk)
    await watching[Symbol.asyncDispose]()
    problems.push(...watching.problems, ...(await leftBehind(hearth, filesBefore)))
    const megabytes = warmAndLast(watching.megabytes)
    if (megabytes[1] - megabytes[0] > allowedMegabytes) problems.push(`memory grew: ${megabytes.join(' to ')} MiB`)
    const { kills, slowestHealthMilliseconds } = watching
    return { outcomes, kills, slowestHealthMilliseconds, megabytes, problems }
  } finally {
    await end(hearth, problems)
  }
}

/** What the server has not given back once all clients are gone. */
async function leftBehind(hearth: Hearth, filesBefore: number): Promise<string[]> {
  const problems: string[] = []
  // Twice: the first time a model that was killed last is loaded again.
  for (let round = 0; round < 2; round++) await fillAllSlots(hearth.url).catch((error) => problems.push(`${error}`))
  const children = descendants(hearth.processId).length
  if (children !== 2) problems.push(`${children} processes for two models`)
  const files = openFiles(hearth.processId)
  if (files > filesBefore + 4) problems.push(`${files} open files, ${filesBefore} before`)
  for (const line of hearth.log().split('\n'))
    if (/unhandled|This is a bug|TypeError|ReferenceError/.test(line)) problems.push(`log: ${line}`)
  return problems
}

/** Uses every slot at once, and the embedding model. Rejects when one of them is not to be had. */
async function fillAllSlots(url: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    // A model that was killed while it loaded is left alone for some seconds.
    for (;;) {
      const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body), signal })
      const text = await response.text()
      if (response.status === 200) return
      if (response.status < 500) throw new Error(`a slot is still taken: ${response.status} ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  const chat = { messages: [{ role: 'user', content: 'Count to a hundred.' }], max_tokens: 24 }
  await Promise.all([
    ...Array.from({ length: slots }, () => post('/v1/chat/completions', chat)),
    post('/v1/embeddings', { input: 'a cat' }),
  ])
}

function warmAndLast(megabytes: readonly number[]): readonly [number, number] {
  const third = Math.floor(megabytes.length / 3)
  const median = (values: readonly number[]) =>
    Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
  return [median(megabytes.slice(third, 2 * third)), median(megabytes.slice(-Math.max(1, Math.floor(third / 2))))]
}

async function end(hearth: Hearth, problems: string[]): Promise<void> {
  const children = descendants(hearth.processId)
  const code = await hearth.stop()
  if (code !== 0) problems.push(`the server ended with code ${code}`)
  await untilGone(children, 5000).catch((error) => problems.push(String(error)))
}

/** One line: how many requests ended how, and how the server is. */
export function summary(outcomes: ReadonlyMap<string, number>, watching: Pick<Watch, 'kills' | 'megabytes'>): string {
  const total = new Map<string, number>()
  for (const [key, count] of outcomes) {
    const way = key.slice(key.indexOf(': ') + 2)
    total.set(way, (total.get(way) ?? 0) + count)
  }
  const ways = [...total].map(([way, count]) => `${count} ${way}`).join(', ')
  return `${ways}; ${watching.kills} killed; ${Math.round(watching.megabytes.at(-1) ?? 0)} MiB`
}
