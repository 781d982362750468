import { join, resolve } from 'node:path'
import type { Environment } from './environment.ts'
import { type FileReading, readText, readTextNow } from './file-text.ts'
import type { ConfigFile } from './parse-file.ts'
import type { ConfigProblem } from './problem.ts'

/** Where a configuration file may be. */
export interface FileSearch {
  /** What `--config` says; absent: it was not given. */
  readonly flag?: string
  readonly environment: Environment
  /** Absolute path of the folder that the executable lies in, or package.json when the program runs from source. */
  readonly programFolder: string
}

/**
 * The file that `--config` names, else the one that HEARTH_CONFIG names, else config.yaml beside the program, else none.
 * A file that is named must be there, and one that is there must be readable and UTF-8.
 */
export function findFile(search: FileSearch): { file?: ConfigFile; problem?: ConfigProblem } {
  if (search.flag === '')
    return { problem: { path: '--config', message: 'found nothing, expected the path of a file' } }
  const { path, namedBy } = placeOfFile(search)
  const reading = readTextNow(path, { mostBytes: mostConfigBytes, mayBePipe: true })
  if ('text' in reading) return { file: { path, text: reading.text } }
  if (!namedBy && reading.isMissing) return {}
  return { problem: { path: namedBy ?? 'config.yaml', message: reading.problem } }
}

/** What people write is far smaller, and what is larger would hold the server up while it is taken apart. */
const mostConfigBytes = 2 ** 20

/** Where the file is looked for, whether it is there or not, and what names it; nothing does where it lies beside the program. */
export function placeOfFile({ flag, environment, programFolder }: FileSearch): { path: string; namedBy?: string } {
  const variable = environment.variables.HEARTH_CONFIG
  const named = flag || variable
  if (!named) return { path: join(programFolder, 'config.yaml') }
  return { path: resolve(environment.currentFolder, named), namedBy: flag ? '--config' : 'HEARTH_CONFIG' }
}

/** Reads the file without holding anything up. Never rejects. */
export const readAgain = (path: string): Promise<FileReading> => readText(path, { mostBytes: mostConfigBytes })
