import { type ChildProcess, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { Bug } from '../../core/errors.ts'
import { type FromChild, LineSplitter, type ToChild } from './frames.ts'

export interface ChildCommand {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]]
  /** All of the child's environment. */
  readonly environment: Readonly<Record<string, string>>
  /** -20 to 19, as `nice` counts: the higher, the more it lets others go first. Absent: like its parent. */
  readonly niceness?: number
}

interface ChildListener {
  readonly onFrame: (frame: FromChild) => void
  /** A line of standard error, or one of standard output that is no frame. */
  readonly onText: (line: string) => void
}

/** A child that speaks frames. */
export class FramedChild {
  /** Resolves when the process is gone, with how: `signal SIGKILL`, `exit code 1`, or why it could not be started. */
  readonly gone: Promise<string>
  readonly #process: ChildProcess

  constructor({ command: [program, ...parameters], environment, niceness }: ChildCommand, listener: ChildListener) {
    this.#process = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env: environment, windowsHide: true })
    if (niceness !== undefined) beNice(this.#process.pid, niceness)
    this.gone = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(`it could not be started: ${error.message}`))
      this.#process.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
    })
    // Writing to a child that is gone fails; `gone` tells it to all who need to know.
    this.#process.stdin?.on('error', () => {})
    const frames = new LineSplitter((line) => this.#read(line, listener))
    const text = new LineSplitter(listener.onText)
    this.#process.stdout?.on('data', (bytes: Uint8Array) => frames.push(bytes))
    this.#process.stderr?.on('data', (bytes: Uint8Array) => text.push(bytes))
  }

  get processId(): number | undefined {
    return this.#process.pid
  }

  send(frame: ToChild): void {
    this.#process.stdin?.write(`${JSON.stringify(frame)}\n`)
  }

  /** Ends the process and resolves when it is gone: it ends by itself when its input does, and by force after the patience. */
  async end(patienceMilliseconds: number): Promise<void> {
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patienceMilliseconds)
    await this.gone
    clearTimeout(timer)
  }

  #read(line: string, listener: ChildListener) {
    if (!line.startsWith('{')) return listener.onText(line) // a native library that writes to standard output
    let frame: FromChild
    try {
      frame = JSON.parse(line) as FromChild
    } catch (cause) {
      throw new Bug('A child wrote a broken frame.', { cause })
    }
    listener.onFrame(frame)
  }
}

/** Threads inherit it, so it has to be set before the child makes any. Where the system refuses, all goes on without. */
function beNice(processId: number | undefined, niceness: number): void {
  try {
    if (processId !== undefined) setPriority(processId, niceness)
  } catch {}
}
