import { spawn } from 'node:child_process'

/** How a program ended, and everything that it wrote to either stream. */
export interface RunResult {
  /** -1 when a signal ended it. */
  readonly code: number
  readonly output: string
  /** What it wrote to standard output alone. */
  readonly standardOutput: string
}

export interface RunOptions {
  readonly folder?: string
  /** All of the program's environment; absent: ours. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** The program is ended with SIGTERM after that long; absent: never. */
  readonly timeoutMilliseconds?: number
}

/** Runs a program to its end, with nothing on standard input. Rejects when it cannot be started. */
export function run([program, ...parameters]: readonly [string, ...string[]], options: RunOptions = {}) {
  return new Promise<RunResult>((resolve, reject) => {
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.folder && { cwd: options.folder }),
      ...(options.environment && { env: options.environment as NodeJS.ProcessEnv }),
      ...(options.timeoutMilliseconds !== undefined && { timeout: options.timeoutMilliseconds }),
    })
    let output = ''
    let standardOutput = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      standardOutput += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, output, standardOutput }))
  })
}
