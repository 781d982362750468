import { fstatSync } from 'node:fs'
import type { CommandContext } from './command.ts'

/** Everything on standard input, as text; nothing where a person sits there, who would have to know that we wait. */
export async function readInput({ streams: { input } }: Pick<CommandContext, 'streams'>): Promise<string | undefined> {
  if (input.isTTY) return undefined
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of input)
    text += typeof piece === 'string' ? piece : decoder.decode(piece as Uint8Array, { stream: true })
  return text + decoder.decode()
}

/** Whether somebody sends something on purpose: a pipe or a file, and not what a service or a scheduler leaves there. */
export function isPiped({ streams: { input } }: Pick<CommandContext, 'streams'>): boolean {
  const { fd } = input as { fd?: unknown }
  if (input.isTTY || typeof fd !== 'number') return false
  try {
    const facts = fstatSync(fd)
    return facts.isFIFO() || facts.isFile()
  } catch {
    return false
  }
}
