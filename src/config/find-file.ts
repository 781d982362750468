import { readFileSync } from 'node:fs'
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
export function findFile({ flag, environment, programFolder }: FileSearch): {
  file?: ConfigFile
  problem?: ConfigProblem
} {
  if (flag === '') return { problem: { path: '--config', message: 'found nothing, expected the path of a file' } }
  const variable = environment.variables.HEARTH_CONFIG
  const named = flag || variable
  const path = named ? resolve(environment.currentFolder, named) : join(programFolder, 'config.yaml')
  try {
    return { file: { path, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) } }
  } catch (error) {
    if (!named && (error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    const from = flag ? '--config' : variable ? 'HEARTH_CONFIG' : 'config.yaml'
    return { problem: { path: from, message: `the file ${path} cannot be read: ${reason(error)}` } }
  }
}

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
