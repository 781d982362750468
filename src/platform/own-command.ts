import { existsSync, statSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** How to start this program once more: the executable itself, or what runs it and its first file. */
export function ownCommand(): readonly [string, ...string[]] {
  if (isCompiled()) return [process.execPath]
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  if ('Deno' in globalThis) return [process.execPath, 'run', '--allow-all', main]
  return [process.execPath, main]
}

/** What `childProgram` answers. */
export type ChildProgram =
  | { readonly type: 'same'; readonly command: readonly [string, ...string[]] }
  /** The file at `path` was replaced or removed, and the command starts the one that runs. */
  | { readonly type: 'replaced'; readonly path: string; readonly command: readonly [string, ...string[]] }
  /** The file at `path` was replaced or removed, and the one that runs cannot be started any more. */
  | { readonly type: 'gone'; readonly path: string }

/**
 * How to start another process of the program that runs, also when an update has put another file in its place: the two
 * would not understand each other.
 */
export const childProgram = (): ChildProgram =>
  chooseChildProgram({
    command: ownCommand(),
    isSame: !isCompiled() || fileAt(process.execPath) === fileAtStart,
    hasRunningFile: existsSync(runningFile),
  })

/** Pure. */
export function chooseChildProgram(found: {
  readonly command: readonly [string, ...string[]]
  /** Whether the command's file is the one that runs. */
  readonly isSame: boolean
  /** Whether the system has a name for the file that runs, wherever that is by now. */
  readonly hasRunningFile: boolean
}): ChildProgram {
  const { command, isSame, hasRunningFile } = found
  if (isSame) return { type: 'same', command }
  const [path, ...parameters] = command
  return hasRunningFile ? { type: 'replaced', path, command: [runningFile, ...parameters] } : { type: 'gone', path }
}

/** On Linux: leads to the file itself, also without a name. A process that is about to start another still has it as its own. */
const runningFile = '/proc/self/exe'

/** What tells one file from another at the same path; undefined: there is none. Whoever copies a file there makes another. */
function fileAt(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path)
    return [dev, ino, size, mtimeMs].join()
  } catch {
    return undefined
  }
}

const fileAtStart = fileAt(process.execPath)

/** Whether this is the compiled executable, and not the source run by Bun or Deno. */
export function isCompiled(): boolean {
  return import.meta.url.includes('/$bunfs/') || import.meta.url.includes('/~BUN/')
}

/** Variables that turn a Bun executable into something else, or feed it options; nothing that we start may see them. */
export const dangerousVariables = ['BUN_BE_BUN', 'BUN_OPTIONS', 'NODE_OPTIONS', 'DENO_V8_FLAGS'] as const
