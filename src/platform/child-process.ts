import process from 'node:process'
import { spawnBun } from './child-process-bun.ts'
import { spawnNode } from './child-process-node.ts'

/** What is started, and who hears of it. Bytes are lent: the reader may not keep them. */
export interface SpawnCall {
  readonly command: readonly [string, ...string[]]
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Of its standard output. */
  onOutput(bytes: Uint8Array): void
  /** Of its standard error. */
  onErrorOutput(bytes: Uint8Array): void
  /** Of its `messageDescriptor`, where it has one. */
  onMessage(bytes: Uint8Array): void
}

/** A child process. Nothing here throws, also when the process is gone. */
export interface SpawnedProcess {
  /** Undefined when it could not be started. */
  readonly processId: number | undefined
  /** A descriptor of the child whose bytes cost this process less than those of its standard output, where there is one. */
  readonly messageDescriptor?: number
  /** Resolves when it is gone and all that it wrote was told: `signal SIGKILL`, `exit code 1`, or why it was not started. */
  readonly gone: Promise<string>
  /** Writes to its standard input. */
  write(text: string): void
  /** Makes its `messageDescriptor` readable, where it has one, for whoever has no time to read his input. */
  knock?(): void
  /** Ends its standard input. */
  endInput(): void
  /** Ends it by force. */
  kill(): void
}

/** Starts a process with pipes, in the way that costs this one the least. */
export function spawnProcess(call: SpawnCall): SpawnedProcess {
  return 'Bun' in globalThis && process.platform !== 'win32' ? spawnBun(call) : spawnNode(call)
}

/** How a process ended. */
export const describeEnd = (code: number | null, signal: string | number | null): string =>
  signal ? `signal ${signal}` : `exit code ${code}`

/** What is told of a process that never was. */
export const describeNoStart = (problem: string): string => `it could not be started: ${problem}`
