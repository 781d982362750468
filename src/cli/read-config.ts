import { findFile } from '../config/find-file.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { programFolder } from '../platform/program-folder.ts'
import type { CommandContext } from './command.ts'

/** A configuration that was looked for, found or not, and read. */
export interface ReadConfig extends LoadedConfig {
  /** Absolute path of the file; absent when there is none. */
  readonly file?: string
}

/** What is read: by default beside this very program, where no file is named. */
export type ConfigRequest = Pick<CommandContext, 'flags' | 'environment' | 'problems'> & {
  /** Absolute path. */
  readonly beside?: string
}

/** Finds the file, reads it, and puts flags and environment over it. The problems of the command line come first. */
export function readConfig({
  flags: { config: flag, ...flags },
  environment,
  problems: before,
  beside = programFolder(),
}: ConfigRequest): ReadConfig {
  const { file, problem } = findFile({
    environment,
    programFolder: beside,
    ...(flag !== undefined && { flag }),
  })
  const loaded = loadConfig({ flags, environment, ...(file && { file }) })
  return {
    ...loaded,
    problems: [...before, ...(problem ? [problem] : []), ...loaded.problems],
    ...(file && { file: file.path }),
  }
}
