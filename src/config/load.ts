import { isGroup } from '../core/is-group.ts'
import { checkBasePath } from './check-base-path.ts'
import { checkDoor } from './check-door.ts'
import { type CheckedFile, checkFile } from './check-file.ts'
import { checkListen } from './check-listen.ts'
import { pathText, type ValuePath } from './check-value.ts'
import { type Config, listKeys } from './config.ts'
import { type Environment, otherVariables, pathsOf } from './environment.ts'
import { environmentName, flagName, isOptionKey, type OptionKey, optionKeys, optionRow } from './options.ts'
import type { ConfigFile } from './parse-file.ts'
import type { ConfigProblem } from './problem.ts'
import { providerNotes } from './provider-notes.ts'
import { checkProviderVariables } from './provider-variables.ts'
import { readFlags, readVariables, type TextLayer } from './read-text.ts'

/** Where a value came from. */
export type ValueSource =
  | { readonly type: 'flag'; readonly name: string }
  | { readonly type: 'environment'; readonly name: string }
  | { readonly type: 'file'; readonly file: string; readonly line: number }
  | { readonly type: 'default' }

/** Everything that a configuration is made from. */
export interface ConfigInput {
  /** Names without their dashes, and texts. */
  readonly flags: Readonly<Record<string, string>>
  readonly environment: Environment
  /** Absent: there is none. */
  readonly file?: ConfigFile
}

/** A configuration, how it came about, and what is wrong with it. */
export interface LoadedConfig {
  /** Complete and frozen, also with problems; whatever has a problem is left out of it, so do not serve with it then. */
  readonly config: Config
  /** By path, as in `port` or `models[1].n_ctx`: every option, and every key that is set in the lists of the file. */
  readonly sources: Readonly<Record<string, ValueSource>>
  /** All of them: those of flags, those of the environment, those of the file from its top to its bottom. */
  readonly problems: readonly ConfigProblem[]
  /** What counts as not said, since it may be meant for other programs: variables like LOG_LEVEL. */
  readonly notes: readonly ConfigProblem[]
}

/** Joins flags over environment over file over defaults. Pure: it reads nothing and touches nothing. Never throws. */
export function loadConfig({ flags, environment, file = { path: '', text: '' } }: ConfigInput): LoadedConfig {
  const { delimiter: separator } = pathsOf(environment.platform)
  const layers: Layers = {
    flags: readFlags(flags, separator),
    variables: readVariables(environment.variables, { others: otherVariables, separator }),
    file: checkFile(file),
    filePath: file.path,
  }
  const values: Record<string, unknown> = {}
  const sources: Record<string, ValueSource> = {}
  for (const key of optionKeys) {
    const { value, source } = choose(key, layers)
    sources[key] = source
    const final = value === undefined || value === '' ? computed(key, environment) : value
    if (final !== undefined) values[key] = optionRow(key).isPath ? allAbsolute(final, { source, environment }) : final
  }
  for (const list of listKeys) {
    values[list] = absolutePaths(layers.file.values[list] ?? [], { file: file.path, environment })
    noteSources(values[list], [list], { layers, sources })
  }
  const { problem } = environment.allowedApiKeys
  const given = problem === undefined ? [] : [{ path: 'ALLOWED_API_KEYS', message: problem }]
  const providers = providerNames(values.providers)
  const ofProviders = checkProviderVariables(environment, providers)
  const { placeOf } = layers.file
  const listening = checkListen({ values, sources, placeOf })
  const problems = [
    ...checkDoor({ values, sources, placeOf }),
    ...checkBasePath({ values, sources, placeOf, providers }),
    ...layers.flags.problems,
    ...layers.variables.problems,
    ...given,
    ...ofProviders.problems,
    ...layers.file.problems,
    ...listening,
  ]
  const config = freeze(values) as unknown as Config
  const notes = [...layers.variables.notes, ...ofProviders.notes, ...providerNotes(config, environment)]
  return { config, sources, problems, notes }
}

const providerNames = (providers: unknown): string[] =>
  (providers as readonly { readonly name: string }[]).map(({ name }) => name)

interface Layers {
  readonly flags: TextLayer
  readonly variables: TextLayer
  readonly file: CheckedFile
  readonly filePath: string
}

/** An empty text stands only where it means "none", and then it hides what lower layers say. */
function choose(key: OptionKey, { flags, variables, file, filePath }: Layers): { value: unknown; source: ValueSource } {
  if (flags.values.has(key))
    return { value: flags.values.get(key), source: { type: 'flag', name: `--${flagName(key)}` } }
  if (variables.values.has(key)) {
    return {
      value: variables.values.get(key),
      source: { type: 'environment', name: variables.names.get(key) ?? environmentName(key) },
    }
  }
  if (file.values[key] !== undefined) {
    return { value: file.values[key], source: { type: 'file', file: filePath, line: file.placeOf([key]).line } }
  }
  return { value: optionRow(key).default, source: { type: 'default' } }
}

const inDataFolder: Partial<Record<OptionKey, string>> = { models_dir: 'models', store_path: 'hearth.sqlite' }

function computed(key: OptionKey, environment: Environment): string | undefined {
  const name = inDataFolder[key]
  return name && pathsOf(environment.platform).join(environment.dataFolder, name)
}

/** A path, a list of them, or groups that have a `path`. */
function allAbsolute(paths: unknown, place: Parameters<typeof absolute>[1]): unknown {
  if (Array.isArray(paths)) return paths.map((path) => allAbsolute(path, place))
  return isGroup(paths) ? { ...paths, path: absolute(paths.path, place) } : absolute(paths, place)
}

/** Paths in a file start at the file's folder, all others at the current one; `~/` is the user's folder in both. */
function absolute(path: unknown, { source, environment }: { source: ValueSource; environment: Environment }): string {
  const { resolve, dirname } = pathsOf(environment.platform)
  const base = source.type === 'file' ? dirname(source.file) : environment.currentFolder
  const text = String(path)
  return /^~[/\\]/.test(text) ? resolve(environment.home, text.slice(2)) : resolve(base, text)
}

function absolutePaths(list: unknown, { file, environment }: { file: string; environment: Environment }): unknown {
  const source: ValueSource = { type: 'file', file, line: 0 }
  const isPath = (key: string) =>
    key === 'path' || key === 'api_key_file' || (isOptionKey(key) && optionRow(key).isPath === true)
  return (list as Record<string, unknown>[]).map((entry) =>
    Object.fromEntries(
      Object.entries(entry).map(([key, value]) => [
        key,
        isPath(key) && value !== '' ? allAbsolute(value, { source, environment }) : value,
      ]),
    ),
  )
}

interface SourceNotes {
  readonly layers: Layers
  readonly sources: Record<string, ValueSource>
}

function noteSources(value: unknown, path: ValuePath, notes: SourceNotes): void {
  if (isGroup(value)) {
    for (const [key, inner] of Object.entries(value)) noteSources(inner, [...path, key], notes)
  } else if (Array.isArray(value) && value.every(isGroup)) {
    for (const [place, inner] of value.entries()) noteSources(inner, [...path, place], notes)
  } else {
    const { file, filePath } = notes.layers
    notes.sources[pathText(path)] = { type: 'file', file: filePath, line: file.placeOf(path).line }
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
