import type { Environment } from '../config/environment.ts'
import type { OptionKey } from '../config/options.ts'
import type { ConfigProblem } from '../config/problem.ts'

/** One flag of a command. */
export interface Flag {
  /** Without its dashes. */
  readonly name: string
  /** One letter that means the same behind one dash; only for switches. */
  readonly short?: string
  /** What stands for its value in the help. Absent: a switch, which `--no-NAME` turns off. */
  readonly value?: string
  readonly summary: string
  /** The heading in the help that it stands under. */
  readonly group?: string
}

/** A command line that the help shows. */
export interface Example {
  /** As it is typed, with `hearth`. */
  readonly line: string
  /** What it does, in a few words. */
  readonly does: string
}

/** What a shell completes an operand to: names of models, of models that can be fetched, of files, or these words. */
export type Completion = 'model' | 'pullable' | 'file' | readonly string[]

/** The three streams of the process, or what stands in for them. */
export interface Streams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly errors: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** What a command works with; nothing else is read or written behind its back. */
export interface CommandContext {
  /** Flags that were given, without their dashes; a switch is `true` or `false`. */
  readonly flags: Readonly<Record<string, string>>
  /** What else stood on the command line. */
  readonly operands: readonly string[]
  /** What could not be understood; only a command that takes options ever sees any, and reports them with all others. */
  readonly problems: readonly ConfigProblem[]
  readonly environment: Environment
  readonly streams: Streams
  /** Writes to standard output, as it stands. */
  write(text: string): void
  /** Writes to standard error, as it stands. */
  writeError(text: string): void
}

/** One thing that the program does when it is told its name. */
export interface Command {
  readonly name: string
  /** Other names that people type. */
  readonly aliases?: readonly string[]
  /** The heading in the list of commands that it stands under. Absent: the last one. */
  readonly group?: 'Use models' | 'Models on this machine' | 'The server' | 'The program'
  /** A few words for the list of commands. */
  readonly summary: string
  /** What stands after `hearth NAME` in the help. */
  readonly usage: string
  /** Sentences for the help, below the usage. */
  readonly details?: string
  readonly examples?: readonly Example[]
  readonly flags: readonly Flag[]
  /** Options of the configuration that are flags of this command too, all or some, and --config with them. */
  readonly takesOptions?: true | readonly OptionKey[]
  /** Flags that people expect of it and that it cannot have, with the reason. */
  readonly refuses?: Readonly<Record<string, string>>
  /** Whether what stands behind its first operand is text, which may be empty. */
  readonly takesText?: true
  /** How many operands it takes, at least and at most. Absent: none. */
  readonly operands?: readonly [least: number, most: number]
  /** What a shell completes the operands to. Absent: nothing. */
  readonly completes?: Completion
  /**
   * Resolves with the exit code: 0 done, 1 failed, 2 told something that it cannot understand. Rejects with an error that
   * `run` explains, code 1 then. Heavy parts are imported inside, so that the other commands stay fast.
   */
  run(context: CommandContext): Promise<number>
}
