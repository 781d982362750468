import type { Completion, Flag } from '../command.ts'
import { commands, flagsOf } from '../run.ts'

/** What a shell has to know of one command. */
export interface CompletedCommand {
  /** Its name and its other names. */
  readonly names: readonly string[]
  readonly summary: string
  readonly flags: readonly CompletedFlag[]
  readonly operands: Completion | undefined
}

export interface CompletedFlag {
  /** With its dashes. */
  readonly name: string
  readonly summary: string
  /** What its value can be; absent: it takes none. `any`: nobody knows. */
  readonly value?: 'any' | 'file' | readonly string[]
}

/** All commands, from the same table as the help. */
export async function completionTable(): Promise<readonly CompletedCommand[]> {
  return Promise.all(
    commands.map(async (command) => ({
      names: [command.name, ...(command.aliases ?? [])],
      summary: command.summary,
      flags: (await flagsOf(command)).flatMap(toCompleted),
      operands: command.completes,
    })),
  )
}

function toCompleted({ name, value, group, summary: text }: Flag): CompletedFlag[] {
  const summary = text.split(/(?<=\.) /)[0] ?? text
  if (value !== undefined) return [{ name: `--${name}`, summary, value: valuesOf(value) }]
  const on = { name: `--${name}`, summary }
  // A switch without a heading is off by itself.
  return group === undefined ? [on] : [on, { name: `--no-${name}`, summary }]
}

function valuesOf(placeholder: string): 'any' | 'file' | readonly string[] {
  const parts = placeholder.split('|')
  if (parts.some((part) => ['FILE', 'PATH', 'FOLDER', 'DIR'].includes(part))) return 'file'
  const words = parts.filter((part) => part === part.toLowerCase() || /\d/.test(part))
  return words.length === 0 ? 'any' : words
}
