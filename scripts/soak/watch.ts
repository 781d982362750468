import { readdirSync, readFileSync } from 'node:fs'
import { modelProcesses } from '../../test/processes.ts'
import { repeat } from './repeat.ts'

/** What is looked at from outside while the clients are at work. */
export interface Watch extends AsyncDisposable {
  readonly problems: readonly string[]
  /** When one was killed, by `performance.now()`. */
  readonly kills: readonly number[]
  readonly slowestHealthMilliseconds: number
  /** Resident memory of the server's own process, in MiB, one value a second. */
  readonly megabytes: readonly number[]
}

interface WatchOptions {
  readonly url: string
  readonly processId: number
  readonly killEverySeconds: number
}

/** Polls /health, notes the memory, and kills one of the server's processes now and then, until it is disposed of. */
export function watch({ url, processId, killEverySeconds }: WatchOptions): Watch {
  const problems: string[] = []
  const megabytes: number[] = []
  const kills: number[] = []
  const seen = { slowest: 0 }
  const work = [
    repeat(100, async () => {
      const startedAt = performance.now()
      const status = await askHealth(url)
      seen.slowest = Math.max(seen.slowest, performance.now() - startedAt)
      if (status !== 200) problems.push(`/health answered ${status}`)
    }),
    repeat(1000, () => megabytes.push(residentMegabytes(processId))),
    repeat(killEverySeconds * 1000, () => {
      const children = modelProcesses(processId)
      const victim = children[Math.floor(Math.random() * children.length)]
      if (victim === undefined) return
      // Before: what it takes with it may be told at once.
      kills.push(performance.now())
      process.kill(victim, 'SIGKILL')
    }),
  ]
  return {
    problems,
    megabytes,
    kills,
    get slowestHealthMilliseconds() {
      return seen.slowest
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(work.map((stop) => stop()))
    },
  }
}

/** Files, pipes and connections that a process has open. */
export function openFiles(processId: number): number {
  return readdirSync(`/proc/${processId}/fd`).length
}

export function residentMegabytes(processId: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

const askHealth = (url: string) =>
  fetch(`${url}/health`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) }).then(
    async (response) => {
      await response.text()
      return response.status
    },
    (error) => `nothing: ${error}`,
  )
