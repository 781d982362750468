import type { ConfigSource } from '../config/config-reloader.ts'
import { findFile, placeOfFile } from '../config/find-file.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { programFolder } from '../platform/program-folder.ts'
import type { CommandContext } from './command.ts'

/** A configuration that was looked for, found or not, and read. */
export interface ReadConfig extends LoadedConfig {
  /** Absolute path of the file; absent when there is none. */
  readonly file?: string
  /** What makes it anew where the file has changed. */
  readonly source: ConfigSource
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
  const search = { environment, programFolder: beside, ...(flag !== undefined && { flag }) }
  const { file, problem } = findFile(search)
  const loaded = loadConfig({ flags, environment, ...(file && { file }) })
  const { path } = placeOfFile(search)
  return {
    ...loaded,
    problems: [...before, ...(problem ? [problem] : []), ...loaded.problems],
    ...(file && { file: file.path }),
    source: {
      path,
      ...(file && { text: file.text }),
      load: (text) => loadConfig({ flags, environment, ...(text !== undefined && { file: { path, text } }) }),
    },
  }
}
