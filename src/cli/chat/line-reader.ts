import { createInterface } from 'node:readline'
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
export function createLineReader({ input, output }: Pick<Streams, 'input' | 'output'>): LineReader {
  const lines = createInterface({ input, output, terminal: true, historySize: 500, removeHistoryDuplicates: true })
  const waiting: Entry[] = []
  let together: string[] = []
  let asked: ((entry: Entry) => void) | undefined
  let interrupt: (() => void) | undefined
  const give = (entry: Entry) => {
    const answer = asked
    asked = undefined
    if (answer) answer(entry)
    else waiting.push(entry)
  }
  const giveTogether = () => {
    const found = together.splice(0)
    // Commands are one a line, wherever they come from.
    const texts = found[0]?.startsWith('/') || found.length === 1 ? found : [found.join('\n')]
    for (const text of texts) give({ type: 'text', text })
  }
  lines.on('line', (line) => {
    if (together.length === 0) setImmediate(giveTogether)
    together.push(line)
  })
  lines.on('close', () => {
    if (together.length > 0) giveTogether()
    give({ type: 'end' })
  })
  lines.on('SIGINT', () => (asked ? give({ type: 'interrupt' }) : interrupt?.()))
  return {
    ask(prompt) {
      const next = waiting.shift()
      if (next) return Promise.resolve(next)
      lines.setPrompt(prompt)
      lines.prompt()
      return new Promise((resolve) => {
        asked = resolve
      })
    },
    onInterrupt(listener) {
      interrupt = listener
    },
    [Symbol.dispose]: () => {
      together = []
      lines.close()
    },
  }
}
