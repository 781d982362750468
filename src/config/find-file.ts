import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Environment } from './environment.ts'
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
  try {
    return { file: { path, text: decode(readFileSync(path)) } }
  } catch (error) {
    if (!namedBy && isMissing(error)) return {}
    return { problem: { path: namedBy ?? 'config.yaml', message: unreadable(path, error) } }
  }
}

/** Where the file is looked for, whether it is there or not, and what names it; nothing does where it lies beside the program. */
export function placeOfFile({ flag, environment, programFolder }: FileSearch): { path: string; namedBy?: string } {
  const variable = environment.variables.HEARTH_CONFIG
  const named = flag || variable
  if (!named) return { path: join(programFolder, 'config.yaml') }
  return { path: resolve(environment.currentFolder, named), namedBy: flag ? '--config' : 'HEARTH_CONFIG' }
}

/** What a file that is read again turned out to be. */
export type FileReading = { readonly text: string } | { readonly isMissing: boolean; readonly problem: string }

/** Reads the file without holding anything up. Never rejects. */
export async function readAgain(path: string): Promise<FileReading> {
  try {
    return { text: decode(await readFile(path)) }
  } catch (error) {
    return { isMissing: isMissing(error), problem: unreadable(path, error) }
  }
}

const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unreadable = (path: string, error: unknown) => `the file ${path} cannot be read: ${reason(error)}`

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known = {
    ENOENT: 'it does not exist',
    ENOTDIR: 'it does not exist',
    EISDIR: 'it is a folder',
    EACCES: 'it may not be read by this user',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  }
  return known[code as keyof typeof known] ?? message
}
