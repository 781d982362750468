import type { ChildProcessWithoutNullStreams } from 'node:child_process'

/** What a program wrote, each stream by itself, and its exit code; null when a signal ended it. */
export interface CollectedOutput {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Collects what a program writes. `written`: what has come on standard output so far. */
export function collectOutput(child: ChildProcessWithoutNullStreams) {
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<CollectedOutput>((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }))
  })
  return { ended, written: () => output }
}
