import process from 'node:process'
import type { CommandContext } from './command.ts'
import { CommandError } from './command-error.ts'

interface Question {
  /** Ends with a question mark. */
  readonly text: string
  /** What happens where nobody can be asked: `Nothing is deleted`. */
  readonly otherwise: string
}

/**
 * Asks the person at the terminal for a yes; anything else is a no, which is told. Rejects with a `CommandError` where nobody
 * sits there, and with the signal's reason once it aborts.
 */
export async function confirm(
  { text, otherwise }: Question,
  { streams, writeError }: Pick<CommandContext, 'streams' | 'writeError'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!streams.input.isTTY)
    throw new CommandError(`${otherwise} without a question or --yes.`, 'Say --yes where nobody can be asked.')
  const { createInterface } = await import('node:readline/promises')
  const asker = createInterface({ input: streams.input, output: streams.errors })
  // At Ctrl+C and Ctrl+D it would wait for ever: the terminal sends no signal while a line is edited.
  const { promise: left, resolve } = Promise.withResolvers<string>()
  let isAnswered = false
  const leave = (answer: string) => {
    if (!isAnswered) writeError('\n')
    isAnswered = true
    resolve(answer)
  }
  asker.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  asker.on('close', () => setImmediate(() => leave('')))
  signal.addEventListener('abort', () => leave(''), { once: true })
  const asked = asker.question(`${text} [y/N] `).finally(() => {
    isAnswered = true
  })
  const answer = await Promise.race([asked, left]).finally(() => asker.close())
  signal.throwIfAborted()
  if (/^y(es)?$/i.test(answer.trim())) return true
  writeError(`${otherwise}.\n`)
  return false
}
