import { randomRequest, type SoakRequest } from './requests.ts'
import type { SoakTexts } from './texts.ts'

/** How one request ended: `answered`, `left` (the client did), `refused CODE`, or `wrong: …`, which no server may do. */
export type Outcome = string

/** Where the clients send to, and what they know. */
export interface SoakCall {
  readonly url: string
  readonly texts: SoakTexts
  /** API keys: one that may do everything, and one that may do little. */
  readonly keys: { readonly full: string; readonly limited: string }
  isOver(): boolean
  /** Told of every request. `startedAt` and now are of `performance.now()`. */
  onOutcome(kind: string, outcome: Outcome, startedAt: number): void
}

/** What a server may say of its own accord while its processes are killed, its models unloaded and its queue full. */
const ownRefusals = ['queue_full', 'runtime_crashed', 'model_load_failed', 'model_unloaded']
/** What it may say of another server that fails. */
const upstreamRefusal = /^upstream_\w+$/
/** Longer than any answer here takes, also on a machine that is busy with something else. */
const patienceMilliseconds = 180_000

/** Sends random requests, one after the other, and leaves some of them half-way, until it is told to stop. */
export async function runClient(call: SoakCall): Promise<void> {
  while (!call.isOver()) {
    // A client of its own: it comes, asks some things over one connection or over several, and goes.
    const staysConnected = Math.random() < 0.5
    for (let left = 1 + Math.floor(Math.random() * 6); left > 0 && !call.isOver(); left--) {
      const request = randomRequest(call.texts)
      const startedAt = performance.now()
      call.onOutcome(request.kind, await send(call, request, staysConnected), startedAt)
      await pause(Math.random() * 300)
    }
    await pause(Math.random() * 1500)
  }
}

async function send({ url, keys }: SoakCall, request: SoakRequest, staysConnected: boolean): Promise<Outcome> {
  const leaving = new AbortController()
  const leave = planLeaving(leaving)
  const late = setTimeout(() => leaving.abort('late'), patienceMilliseconds)
  try {
    const response = await fetch(url + request.path, {
      method: request.body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${request.isLimited ? keys.limited : keys.full}`,
        ...(request.body && { 'content-type': 'application/json' }),
        ...(!staysConnected && { connection: 'close' }),
      },
      ...(request.body && { body: JSON.stringify(request.body) }),
      signal: leaving.signal,
    })
    const text = await readAll(response, leave.onChunk)
    return judge(request, response, text)
  } catch (error) {
    if (leaving.signal.reason === 'late') return `wrong: ${request.kind}: no answer in time`
    return leaving.signal.aborted ? 'left' : `wrong: ${request.kind}: the connection broke (${error})`
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
  const code = refusalIn(text)
  if (code !== undefined && isClean(code, request, response)) return `refused ${code}`
  // A stream that has begun with a heartbeat has its status already, whatever comes.
  const status = text.startsWith(':') ? request.expected : response.status
  if (status !== request.expected) return `wrong: ${request.kind} got ${status} ${text.slice(0, 300)}`
  try {
    const problem = request.check(text)
    return problem === undefined ? 'answered' : `wrong: ${request.kind}: ${problem.slice(0, 500)}`
  } catch (error) {
    return `wrong: ${request.kind}: ${error} in ${text.slice(0, 500)}`
  }
}

/** The code of the error that an answer is, or that a stream ends with. */
function refusalIn(text: string): string | undefined {
  const [event] = [...text.matchAll(/^(?:data: )?(\{.*"(?:error|code)":.*)$/gm)].map(([, json]) => json).reverse()
  try {
    const { error, code, response } = JSON.parse(event ?? text)
    return error?.code ?? response?.error?.code ?? (typeof code === 'string' ? code : undefined)
  } catch {
    return undefined
  }
}

/** Whether the request may be told so, and in that way. */
function isClean(code: string, request: SoakRequest, response: Response): boolean {
  if (code === 'rate_limited') return request.isLimited === true && response.headers.has('retry-after')
  return ownRefusals.includes(code) || (request.isForwarded === true && upstreamRefusal.test(code))
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
