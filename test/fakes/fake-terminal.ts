import { Readable, Writable } from 'node:stream'
import { run, type Terminal } from '../../src/cli/run.ts'
import { makeEnvironment } from '../../src/config/environment.ts'

export interface FakeTerminalOptions {
  readonly variables?: Readonly<Record<string, string>>
  /** What comes on standard input. Absent: somebody sits there and says nothing. */
  readonly input?: string
  /** What somebody who sits there types. */
  readonly typed?: string
  /** Whether standard output and standard error are terminals. Default: no. */
  readonly isTerminal?: boolean
  /** Absent: a folder that does not exist. */
  readonly currentFolder?: string
  /** Told of each piece of text on standard error as it comes. */
  readonly onErrors?: (text: string) => void
}

export interface CommandResult {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command in this process, as its `main` would, and gives what it wrote. */
export async function runCommandLine(
  args: readonly string[],
  options: FakeTerminalOptions = {},
): Promise<CommandResult> {
  let [output, errors] = ['', '']
  const sink = (take: (text: string) => void) => {
    const stream = new Writable({
      write(bytes, _encoding, done) {
        take(String(bytes))
        done()
      },
    })
    return Object.assign(stream, options.isTerminal ? { isTTY: true } : {})
  }
  const text = options.input ?? options.typed
  const input = Readable.from(text === undefined ? [] : [text])
  const terminal: Terminal = {
    environment: makeEnvironment({
      variables: { HEARTH_HOME: '/nowhere/hearth', ...options.variables },
      platform: process.platform,
      home: '/nowhere',
      currentFolder: options.currentFolder ?? '/nowhere',
    }),
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
      options.onErrors?.(text)
    },
    streams: {
      input: Object.assign(input, options.input === undefined ? { isTTY: true } : {}),
      output: sink((text) => {
        output += text
      }),
      errors: sink((text) => {
        errors += text
      }),
    },
  }
  const code = await run(args, terminal)
  return { code, output, errors }
}
