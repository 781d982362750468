import { setPriority } from 'node:os'
import { messageOf } from '../core/errors.ts'
import type { NativeReport } from '../core/native-report.ts'
import { spawnProcess } from './child-process.ts'

/** What a probe's process writes as its last line of standard output. */
export type ProbeAnswer =
  | { readonly type: 'report'; readonly report: NativeReport }
  | { readonly type: 'failure'; readonly problem: string; readonly remedy?: string }

/** The libraries cannot be used, and it is known what to do about it. */
export class NativeProblem extends Error {
  readonly remedy: string | undefined

  constructor({ problem, remedy }: { readonly problem: string; readonly remedy?: string }) {
    super(problem)
    this.remedy = remedy
  }
}

export interface ProbeCall {
  readonly command: readonly [string, ...string[]]
  /** All of the process's environment. */
  readonly environment: Readonly<Record<string, string>>
  /** It is ended by force after that long. */
  readonly patienceMilliseconds: number
  /** Ends it; the call rejects with the signal's reason then. */
  readonly signal?: AbortSignal
}

/** As much of what it wrote as is worth telling. */
const lastWordsLength = 300

/**
 * Asks the native libraries about themselves, in a process of its own, which nothing depends on: opening a GPU takes
 * seconds, and can end the process or hang in a driver. Rejects with a `NativeProblem` that says what the libraries say, or
 * an error that says how the process ended and what it said last.
 */
export async function probeNatively(call: ProbeCall): Promise<NativeReport> {
  const { patienceMilliseconds, signal } = call
  signal?.throwIfAborted()
  const [output, words] = [new TextCollector(), new TextCollector()]
  const child = spawnProcess({
    command: call.command,
    environment: call.environment,
    onOutput: (bytes) => output.add(bytes),
    onErrorOutput: (bytes) => words.add(bytes),
    onMessage() {},
  })
  letOthersGoFirst(child.processId)
  let isLate = false
  const end = () => child.kill()
  const timer = setTimeout(() => {
    isLate = true
    end()
  }, patienceMilliseconds)
  signal?.addEventListener('abort', end)
  const how = await child.gone.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  })
  signal?.throwIfAborted()
  const answer = readAnswer(output.text)
  if (answer?.type === 'report') return answer.report
  if (answer) throw new NativeProblem(answer)
  const ended = isLate
    ? `did not answer within ${patienceMilliseconds / 1000} seconds`
    : `ended without an answer (${how})`
  const last = words.text.trim().split('\n').slice(-3).join(' / ').slice(-lastWordsLength)
  throw new Error(`the process that opens the native libraries ${ended}${last ? `; it said last: ${last}` : ''}`)
}

/** The last line that is one: libraries may have written before it. */
function readAnswer(output: string): ProbeAnswer | undefined {
  const line = output.split('\n').findLast((text) => text.startsWith('{"type":'))
  if (line === undefined) return undefined
  try {
    return JSON.parse(line) as ProbeAnswer
  } catch (error) {
    return { type: 'failure', problem: `what the native libraries say cannot be read: ${messageOf(error)}` }
  }
}

/** A question about the machine may not slow an answer down that somebody reads. Where the system refuses, it is as it is. */
function letOthersGoFirst(processId: number | undefined): void {
  try {
    if (processId !== undefined) setPriority(processId, 10)
  } catch {}
}

/** The end of what a process writes. */
class TextCollector {
  text = ''
  readonly #decoder = new TextDecoder()

  add(bytes: Uint8Array): void {
    this.text = (this.text + this.#decoder.decode(bytes, { stream: true })).slice(-(2 ** 20))
  }
}
