import { execFile } from 'node:child_process'

/** A tool answers in less, or is not worth waiting for. */
const patienceMilliseconds = 10_000

/**
 * What a tool of the system writes to its standard output; nothing when there is no such tool, it fails, or it does not end
 * in time. Its environment is ours, with the language of C: what it writes is read by a program.
 */
export function runTool(program: string, parameters: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout: patienceMilliseconds,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 2 ** 20,
      windowsHide: true,
    } as const
    execFile(program, [...parameters], options, (error, output) => resolve(error ? undefined : output))
  })
}
