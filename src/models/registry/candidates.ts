import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSetting } from '../../core/model.ts'
import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { isLaterPart, nameOfFile } from '../model-file.ts'
import type { RegistryOptions } from './registry-options.ts'

/** A model that there may be: its name, the file that it would be, and what is said about it. */
export interface Candidate {
  readonly id: string
  readonly path: string
  /** Names that the user gave. */
  readonly aliases: readonly string[]
  /** Names that follow from the file: they give way to all others. */
  readonly impliedAliases: readonly string[]
  readonly setting: ModelSetting
  readonly entry?: CatalogEntry
  /** Whether an entry of `models:` speaks of it. */
  readonly isConfigured: boolean
}

/** Every model that the settings, the models folder and the catalog make possible, in this order of precedence. */
export async function findCandidates(options: RegistryOptions): Promise<readonly Candidate[]> {
  const files = await listFiles(options.modelsDir)
  const place = (setting: ModelSetting) => pathOf(setting, files, options)
  const configured = withDefaults(options, place).map((setting, index) => ({
    ...toCandidate(isDefault(setting, options) ? withoutId(setting) : setting, place(setting), options),
    // The defaults of which nothing else is said stand behind the others.
    isConfigured: index < options.settings.length,
  }))
  const taken = new Set(configured.map(({ path }) => path))
  const found = files
    .map((file) => join(options.modelsDir, file))
    .filter((path) => !taken.has(path))
    .map((path) => toCandidate({}, path, options))
  return [...configured, ...found]
}

/** The models folder may be missing: then it is empty. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch((): string[] => [])
  return files.filter((file) => /\.gguf$/i.test(file) && !isLaterPart(file)).sort()
}

function pathOf({ path, id = '' }: ModelSetting, files: readonly string[], options: RegistryOptions): string {
  if (path !== undefined) return path
  const entry = findInCatalog(options.catalog, id)
  if (entry) return join(options.modelsDir, entry.file)
  const name = id.replace(/\.gguf$/i, '')
  const named = (file: string) => nameOfFile(file) === name
  const nearly = (file: string) => nameOfFile(file).toLowerCase() === name.toLowerCase()
  return join(options.modelsDir, files.find(named) ?? files.find(nearly) ?? `${name}.gguf`)
}

/** A default model is a setting like any other: its own where there is none of the same model, or added to that one. */
function withDefaults(options: RegistryOptions, place: (setting: ModelSetting) => string): readonly ModelSetting[] {
  const settings = [...options.settings]
  for (const own of [options.defaults.chat, options.defaults.embedding]) {
    const name = own.id?.toLowerCase()
    const isSame = ({ id, aliases = [] }: ModelSetting) =>
      name !== undefined && [id, ...aliases].some((each) => each?.toLowerCase() === name)
    const index = [settings.findIndex(isSame), settings.findIndex((setting) => place(setting) === place(own))].find(
      (position) => position >= 0,
    )
    const setting = index === undefined ? undefined : settings[index]
    if (index === undefined || setting === undefined) settings.push(own)
    else settings[index] = { ...setting, load: { ...own.load, ...setting.load } }
  }
  return settings
}

const isDefault = (setting: ModelSetting, { defaults }: RegistryOptions) =>
  setting === defaults.chat || setting === defaults.embedding

/** A default model is named in the configuration as a request would name it: that is no new name for it. */
const withoutId = ({ id: _, ...setting }: ModelSetting): ModelSetting => setting

function toCandidate(setting: ModelSetting, path: string, options: RegistryOptions): Candidate {
  const entry = options.catalog.find(({ file }) => join(options.modelsDir, file) === path)
  const name = nameOfFile(path)
  const id = setting.id ?? (setting.path === undefined ? entry?.id : undefined) ?? name
  const implied = [name, ...(entry ? [entry.id] : [])].filter((alias) => alias !== id)
  const aliases = setting.aliases ?? []
  return { id, path, aliases, impliedAliases: implied, setting, isConfigured: false, ...(entry && { entry }) }
}
