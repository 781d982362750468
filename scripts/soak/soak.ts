import { descendants, untilGone } from '../../test/processes.ts'
import { type Outcome, runClient } from './client.ts'
import { leftBehind } from './left-behind.ts'
import { type Scene, startScene } from './scene.ts'
import { embedTexts } from './texts.ts'
import { makeUnrest, type Unrest } from './unrest.ts'
import { openFiles, type Watch, watch } from './watch.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly clients: number
  /** One of the server's processes is killed so often. */
  readonly killEverySeconds: number
  /** From then on the memory of the server must stay what it is. */
  readonly warmSeconds: number
  /** Told how it goes, about every ten seconds. */
  readonly onProgress?: (line: string) => void
}

export interface SoakReport {
  /** How often a request of a kind ended in a way: `chat: answered` → 17. */
  readonly outcomes: ReadonlyMap<string, number>
  /** How often the configuration was changed, a model loaded or unloaded, another server told to fail. */
  readonly changes: ReadonlyMap<string, number>
  readonly kills: number
  readonly slowestHealthMilliseconds: number
  /** Resident memory of the server's own process once it is warm, and at the end. */
  readonly megabytes: readonly [warm: number, last: number]
  /** Everything that must not happen; empty when all is well. */
  readonly problems: readonly string[]
}

export const slots = 4
/** Growth of the server's own memory that is no leak: what its garbage collector has not been asked for yet. */
const allowedMegabytes = 60
/** A server that has lost a process while it loaded leaves that model alone for so long. */
const loadPauseMilliseconds = 20_000
/** How long it may take until everybody knows that a process is gone. */
const noticeMilliseconds = 2000

/**
 * Lets clients come and go at a real server while its model processes are killed, its models unloaded, its configuration
 * changed and the servers behind it fail, and looks for what is left behind: requests without a right answer or a clean
 * error, slots that are still taken, processes, open files, memory.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { seconds, clients, killEverySeconds, onProgress } = options
  await using scene = await startScene(['--slots', `${slots}`, '--n-ctx', '1024'])
  const { hearth, keys } = scene
  const problems: string[] = []
  const ends: Ended[] = []
  try {
    const texts = await embedTexts(async (path, body) => JSON.parse((await scene.post(path, body)).text))
    await fillAllSlots(scene)
    const filesBefore = openFiles(hearth.processId)
    const watching = watch({ url: hearth.url, processId: hearth.processId, killEverySeconds })
    const unrest = makeUnrest(scene)
    const until = performance.now() + seconds * 1000
    const talk = setInterval(() => onProgress?.(summary(countEnds(ends), watching)), 10_000)
    const isOver = () => performance.now() > until
    const onOutcome = (kind: string, outcome: Outcome, startedAt: number) =>
      void ends.push({ kind, outcome, startedAt, endedAt: performance.now() })
    const call = { url: hearth.url, texts, keys, isOver, onOutcome }
    await Promise.all(Array.from({ length: clients }, () => runClient(call)))
    clearInterval(talk)
    await unrest[Symbol.asyncDispose]()
    await watching[Symbol.asyncDispose]()
    problems.push(...unrest.problems, ...watching.problems, ...badEnds(ends, watching, unrest))
    const fill = () => fillAllSlots(scene)
    problems.push(...(await leftBehind(scene, { filesBefore, fill })))
    const megabytes = warmAndLast(watching.megabytes, options.warmSeconds)
    if (megabytes[1] - megabytes[0] > allowedMegabytes) problems.push(`memory grew: ${megabytes.join(' to ')} MiB`)
    const { kills, slowestHealthMilliseconds } = watching
    const { counts: changes } = unrest
    return { outcomes: countEnds(ends), changes, kills: kills.length, slowestHealthMilliseconds, megabytes, problems }
  } finally {
    await end(scene, problems)
  }
}

/** How a request ended, and when; by `performance.now()`. */
interface Ended {
  readonly kind: string
  readonly outcome: Outcome
  readonly startedAt: number
  readonly endedAt: number
}

/** What was answered wrongly, and what was refused though nothing had happened that explains it. */
function badEnds(ends: readonly Ended[], { kills }: Watch, { cuts }: Unrest): readonly string[] {
  const within = (times: readonly number[], { startedAt, endedAt }: Ended, before: number) =>
    times.some((time) => time >= startedAt - before && time <= endedAt)
  const isExplained = (ended: Ended): boolean => {
    switch (ended.outcome) {
      case 'refused runtime_crashed':
        return within(kills, ended, noticeMilliseconds)
      case 'refused model_load_failed':
        return within(kills, ended, loadPauseMilliseconds)
      case 'refused model_unloaded':
        return within(cuts, ended, noticeMilliseconds)
      default:
        return !ended.outcome.startsWith('wrong')
    }
  }
  const bad = ends.filter((ended) => !isExplained(ended)).map(({ kind, outcome }) => `${kind}: ${outcome}`)
  // Requests that wait for a process are not lost with it: only those in its slots, and a few that use it without one.
  const lost = ends.filter(({ outcome }) => outcome === 'refused runtime_crashed').length
  if (lost > slots * kills.length)
    bad.push(`${lost} requests were lost with ${kills.length} processes of ${slots} slots`)
  return bad
}

/** Uses every slot at once, and the embedding model. Rejects when one of them is not to be had. */
async function fillAllSlots({ post }: Scene): Promise<void> {
  const deadline = performance.now() + 60_000
  const ask = async (path: string, body: object) => {
    // A model that was killed while it loaded is left alone for some seconds.
    for (;;) {
      const { status, text } = await post(path, body)
      if (status === 200) return
      if (status < 500 || performance.now() > deadline) throw new Error(`a slot is still taken: ${status} ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  const chat = { messages: [{ role: 'user', content: 'Count to a hundred.' }], max_tokens: 24 }
  await Promise.all([
    ...Array.from({ length: slots }, () => ask('/v1/chat/completions', chat)),
    ask('/v1/embeddings', { input: 'a cat' }),
  ])
}

/** Medians of some time after the server is warm, and of as much at the end; one value a second. */
function warmAndLast(megabytes: readonly number[], warmSeconds: number): readonly [number, number] {
  const span = Math.max(1, Math.floor((megabytes.length - warmSeconds) / 3))
  const median = (values: readonly number[]) =>
    Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
  return [median(megabytes.slice(warmSeconds, warmSeconds + span)), median(megabytes.slice(-span))]
}

async function end({ hearth }: Scene, problems: string[]): Promise<void> {
  const children = descendants(hearth.processId)
  const code = await hearth.stop()
  if (code !== 0) problems.push(`the server ended with code ${code}`)
  await untilGone(children, 5000).catch((error) => problems.push(String(error)))
}

function countEnds(ends: readonly Ended[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { kind, outcome } of ends) {
    const key = `${kind}: ${outcome.startsWith('wrong') ? 'wrong' : outcome}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** One line: how many requests ended how, and how the server is. */
export function summary(
  outcomes: ReadonlyMap<string, number>,
  { kills, megabytes }: { readonly kills: readonly unknown[] | number; readonly megabytes: readonly number[] },
): string {
  const total = new Map<string, number>()
  for (const [key, count] of outcomes) {
    const way = key.slice(key.indexOf(': ') + 2)
    total.set(way, (total.get(way) ?? 0) + count)
  }
  const ways = [...total].map(([way, count]) => `${count} ${way}`).join(', ')
  const killed = typeof kills === 'number' ? kills : kills.length
  return `${ways}; ${killed} killed; ${Math.round(megabytes.at(-1) ?? 0)} MiB`
}
