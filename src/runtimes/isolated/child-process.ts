import { type ChildProcess, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
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

/** The longest line of each kind: 2,048 vectors of 16,384 numbers fit into a frame. */
const longestFrame = 256 * 2 ** 20
const longestText = 64 * 2 ** 10

/** A child that speaks frames. Whatever it does, nothing here throws later on: it is ended when it cannot be understood. */
export class FramedChild {
  /** Resolves when the process is gone, with how: `signal SIGKILL`, `exit code 1`, why it was ended or not started. */
  readonly gone: Promise<string>
  readonly #process: ChildProcess
  #heardAt = performance.now()
  #whyKilled: string | undefined

  constructor({ command: [program, ...parameters], environment, niceness }: ChildCommand, listener: ChildListener) {
    this.#process = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env: environment, windowsHide: true })
    if (niceness !== undefined) beNice(this.#process.pid, niceness)
    this.gone = new Promise((resolve) => {
      this.#process.on('error', (error) => {
        if (this.#process.pid === undefined) resolve(`it could not be started: ${error.message}`)
      })
      this.#process.once('close', (code, signal) =>
        resolve(this.#whyKilled ?? (signal ? `signal ${signal}` : `exit code ${code}`)),
      )
    })
    const frames = new LineSplitter((line) => this.#read(line, listener), longestFrame)
    const text = new LineSplitter(listener.onText, longestText)
    this.#process.stdout?.on('data', (bytes: Uint8Array) => this.#hear(bytes, frames))
    this.#process.stderr?.on('data', (bytes: Uint8Array) => this.#hear(bytes, text))
    // A pipe to a child that is gone fails; `gone` tells it to all who need to know.
    for (const pipe of this.#process.stdio) pipe?.on('error', () => {})
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

  /** Ends the process by force if it says nothing at all for so long. The answer takes the watch off again. */
  watch(patienceMilliseconds: number): Disposable {
    const since = performance.now()
    const timer = setInterval(() => {
      if (performance.now() - Math.max(since, this.#heardAt) > patienceMilliseconds) this.#kill('it stopped answering')
    }, patienceMilliseconds / 4)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  #kill(why: string) {
    this.#whyKilled ??= why
    this.#process.kill('SIGKILL')
  }

  #hear(bytes: Uint8Array, lines: LineSplitter) {
    this.#heardAt = performance.now()
    lines.push(bytes)
  }

  #read(line: string, listener: ChildListener) {
    // A native library that writes to standard output, or what came after a frame that could not be read.
    if (!line.startsWith('{') || this.#whyKilled !== undefined) return listener.onText(line.slice(0, longestText))
    try {
      listener.onFrame(JSON.parse(line) as FromChild)
    } catch (error) {
      listener.onText(`${error instanceof Error ? error.message : error}, in the frame ${line.slice(0, 200)}`)
      this.#kill('it wrote a frame that cannot be read')
    }
  }
}

/** Threads inherit it, so it has to be set before the child makes any. Where the system refuses, all goes on without. */
function beNice(processId: number | undefined, niceness: number): void {
  try {
    if (processId !== undefined) setPriority(processId, niceness)
  } catch {}
}
