import { randomRequest, type SoakRequest } from './requests.ts'

/** How one request ended: `answered`, `left` (the client did), `refused CODE`, or `wrong: …`, which no server may do. */
export type Outcome = string

/** What a server may say while its processes are killed and its queue is full. */
const cleanRefusals = ['queue_full', 'runtime_crashed', 'model_load_failed'] as const
/** Longer than any answer here takes, also on a machine that is busy with something else. */
const patienceMilliseconds = 180_000

/** Sends random requests, one after the other, and leaves some of them half-way, until it is told to stop. */
export async function runClient(
  url: string,
  { isOver, onOutcome }: { isOver: () => boolean; onOutcome: (kind: string, outcome: Outcome) => void },
): Promise<void> {
  while (!isOver()) {
    const request = randomRequest()
    onOutcome(request.kind, await send(url, request))
    await pause(Math.random() * 300)
  }
}

async function send(url: string, request: SoakRequest): Promise<Outcome> {
  const leaving = new AbortController()
  const leave = planLeaving(leaving)
  const late = setTimeout(() => leaving.abort('late'), patienceMilliseconds)
  try {
    const response = await fetch(url + request.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(request.body),
      signal: leaving.signal,
    })
    const text = await readAll(response, leave.onChunk)
    return judge(request, response, text)
  } catch (error) {
    if (leaving.signal.reason === 'late') return 'wrong: no answer in time'
    return leaving.signal.aborted ? 'left' : `wrong: the connection broke (${error})`
  } finally {
    clearTimeout(late)
    clearTimeout(leave.timer)
  }
}

/** One client in three leaves: at once, after some time, or after some pieces of the answer. */
function planLeaving(leaving: AbortController): { timer?: NodeJS.Timeout; onChunk: () => void } {
  const go = () => leaving.abort('left')
  const chance = Math.random()
  if (chance < 0.06) queueMicrotask(go)
  if (chance < 0.24) return { timer: setTimeout(go, Math.random() ** 2 * 4000), onChunk: () => {} }
  if (chance > 0.33) return { onChunk: () => {} }
  let left = 1 + Math.floor(Math.random() * 10)
  return { onChunk: () => --left === 0 && go() }
}

async function readAll(response: Response, onChunk: () => void): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    onChunk()
  }
  return text
}

function judge(request: SoakRequest, response: Response, text: string): Outcome {
  const refusal = cleanRefusals.find((code) => text.includes(`"code":"${code}"`))
  if (refusal) return `refused ${refusal}`
  // A stream that has begun with a heartbeat has its status already, whatever comes.
  const status = text.startsWith(':') ? request.expected : response.status
  if (status !== request.expected) return `wrong: ${request.kind} got ${status} ${text.slice(0, 300)}`
  const problem = request.check(text)
  return problem === undefined ? 'answered' : `wrong: ${request.kind}: ${problem}`
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
