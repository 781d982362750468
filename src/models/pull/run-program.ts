import { spawn } from 'node:child_process'
import type { Environment } from './environment.ts'

export interface ProgramCall {
  readonly program: string
  readonly argumentList: readonly string[]
  readonly environment: Environment
  readonly signal: AbortSignal
  /** Called with what the program writes, as it comes. */
  readonly onOutput?: (text: string) => void
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined
  /** Everything it wrote, both streams together; the last 64 KiB of it. */
  readonly output: string
}

const OUTPUT_LIMIT = 64 * 1024
const GRACE_MILLISECONDS = 2000

/**
 * Runs a program to its end. Resolves with undefined when there is no such program. When the signal aborts the
 * program is ended, by force after two seconds, and the call rejects with the signal's reason once it is gone.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramResult | undefined> {
  call.signal.throwIfAborted()
  const child = spawn(call.program, call.argumentList, {
    env: { ...call.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  let output = ''
  const take = (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT)
    call.onOutput?.(text)
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  let force: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    child.kill('SIGTERM')
    force = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS)
  }
  call.signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await new Promise<number | null | undefined>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? resolve(undefined) : reject(error),
      )
      child.once('close', (code) => resolve(code))
    })
    call.signal.throwIfAborted()
    return exitCode === undefined ? undefined : { exitCode: exitCode ?? undefined, output }
  } finally {
    clearTimeout(force)
    call.signal.removeEventListener('abort', stop)
  }
}
