import { setPriority } from 'node:os'
import { type SpawnedProcess, spawnProcess } from '../../platform/child-process.ts'
import { type FromChild, LineSplitter, type ToChild } from './frames.ts'

export interface ChildCommand {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]]
  /** All of the child's environment. */
  readonly environment: Readonly<Record<string, string>>
  /** -20 to 19, as `nice` counts: the higher, the more it lets others go first. Absent: like its parent. */
  readonly niceness?: number
}

/** How a process went that nobody here has killed by force: on Linux that is what the kernel does when memory runs out. */
export const killedBySystem = 'signal SIGKILL'

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
  readonly #process: SpawnedProcess
  #heardAt = performance.now()
  #whyKilled: string | undefined

  constructor({ niceness, ...command }: ChildCommand, listener: ChildListener) {
    const read = (line: string) => this.#read(line, listener)
    const [frames, output] = [new LineSplitter(read, longestFrame), new LineSplitter(read, longestFrame)]
    const text = new LineSplitter(listener.onText, longestText)
    this.#process = spawnProcess({
      ...command,
      onMessage: (bytes) => this.#hear(bytes, frames),
      onOutput: (bytes) => this.#hear(bytes, output),
      onErrorOutput: (bytes) => this.#hear(bytes, text),
    })
    if (niceness !== undefined) beNice(this.#process.processId, niceness)
    this.gone = this.#process.gone.then((how) => this.#whyKilled ?? how)
  }

  /** Where the child may write its frames, if not to its standard output. */
  get frameDescriptor(): number | undefined {
    return this.#process.messageDescriptor
  }

  get processId(): number | undefined {
    return this.#process.processId
  }

  send(frame: ToChild): void {
    this.#process.write(`${JSON.stringify(frame)}\n`)
    if (frame.type === 'generate' || frame.type === 'cancel') this.#process.knock?.()
  }

  /** Ends the process and resolves when it is gone: it ends by itself when its input does, and by force after the patience. */
  async end(patienceMilliseconds: number): Promise<void> {
    this.#process.endInput()
    const timer = setTimeout(() => this.#process.kill(), patienceMilliseconds)
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
    this.#process.kill()
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
