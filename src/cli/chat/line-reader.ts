import { createInterface, type Interface } from 'node:readline'
import type { Streams } from '../command.ts'

/** What a person did when asked: wrote something, pressed Ctrl+C, or ended the input (Ctrl+D). */
export type Entry =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'interrupt' }
  | { readonly type: 'end' }

/** Asks the person at the terminal. */
export interface LineReader extends Disposable {
  /** Shows the prompt and resolves with what comes next. Lines that are pasted together are one text. */
  ask(prompt: string): Promise<Entry>
  /** What Ctrl+C does while nothing is asked. */
  onInterrupt(listener: (() => void) | undefined): void
}

/** Reads from a terminal, with the arrow keys and what was written before. */
export const createLineReader = (streams: Pick<Streams, 'input' | 'output'>): LineReader => new TerminalReader(streams)

class TerminalReader implements LineReader {
  readonly #lines: Interface
  readonly #waiting: Entry[] = []
  #together: string[] = []
  #asked: ((entry: Entry) => void) | undefined
  #interrupt: (() => void) | undefined

  constructor({ input, output }: Pick<Streams, 'input' | 'output'>) {
    this.#lines = createInterface({ input, output, terminal: true, historySize: 500, removeHistoryDuplicates: true })
    this.#lines.on('line', (line) => {
      if (this.#together.length === 0) setImmediate(() => this.#giveTogether())
      this.#together.push(line)
    })
    this.#lines.on('close', () => {
      this.#giveTogether()
      this.#give({ type: 'end' })
    })
    this.#lines.on('SIGINT', () => (this.#asked ? this.#give({ type: 'interrupt' }) : this.#interrupt?.()))
  }

  ask(prompt: string): Promise<Entry> {
    const next = this.#waiting.shift()
    if (next) return Promise.resolve(next)
    this.#lines.setPrompt(prompt)
    this.#lines.prompt()
    return new Promise((resolve) => {
      this.#asked = resolve
    })
  }

  onInterrupt(listener: (() => void) | undefined): void {
    this.#interrupt = listener
  }

  [Symbol.dispose](): void {
    this.#together = []
    this.#lines.close()
  }

  #give(entry: Entry): void {
    const answer = this.#asked
    this.#asked = undefined
    if (answer) answer(entry)
    else this.#waiting.push(entry)
  }

  /** Commands are one a line, wherever they come from. */
  #giveTogether(): void {
    const found = this.#together.splice(0)
    const texts = found[0]?.startsWith('/') || found.length < 2 ? found : [found.join('\n')]
    for (const text of texts) this.#give({ type: 'text', text })
  }
}
