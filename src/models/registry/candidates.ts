import type { GenerationDefaults, LoadOptions, ModelSetting, ModelStore } from '../../core/model.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { nameOfFile } from '../model-file.ts'
import { findInFolder } from '../stores/find-in-folder.ts'
import type { FoundModel, FoundModels } from '../stores/found-model.ts'
import { FoundNames, type Place } from './found-names.ts'
import type { RegistryOptions } from './registry-options.ts'

/** A model that there may be: its name, the file that it would be, and what is said about it. */
export interface Candidate {
  readonly id: string
  /** The name that it gets where several have its `id`; absent: it keeps that, or is left out. */
  readonly longId?: string
  readonly path: string
  /** Names that the user gave. */
  readonly aliases: readonly string[]
  /** Names that follow from the file: they give way to all others. */
  readonly impliedAliases: readonly string[]
  readonly setting: ModelSetting
  /** Its entry in the catalog. */
  readonly entry?: CatalogEntry
  /** Whether an entry of `models:` speaks of it. */
  readonly isConfigured: boolean
  /** What its store says about how it is to run. */
  readonly load?: Partial<LoadOptions>
  readonly defaults?: Partial<GenerationDefaults>
  readonly store?: ModelStore
  readonly notes?: readonly string[]
  /** The folder or store in which it was found. */
  readonly root?: string
  readonly repository?: FoundModel['repository']
  /** Why it cannot be used, where that is known without its file. */
  readonly problem?: string
}

/** What lies in the models folder and in all other places, in the order in which names go to it. Never rejects. */
export async function findEverywhere({ modelsDir, sources = [] }: RegistryOptions): Promise<FoundModels> {
  const looks = await Promise.all([findInFolder({ folder: modelsDir }), ...sources.map((source) => source.find())])
  return { models: looks.flatMap(({ models }) => models), problems: looks.flatMap(({ problems }) => problems) }
}

/** Every model that the settings, the catalog and what was found make possible, in this order of precedence. Pure. */
export function toCandidates(models: readonly FoundModel[], options: RegistryOptions): readonly Candidate[] {
  const found = new FoundNames(models, options)
  const place = ({ id = '', path }: ModelSetting): Place =>
    path === undefined ? found.placeOf(id) : { path, model: found.modelAt(path) }
  const settings = withDefaults(options, place)
  const configured = settings.map((setting, index) => ({
    ...toCandidate(isDefault(setting, options) ? withoutId(setting) : setting, place(setting), found),
    // The defaults of which nothing else is said stand behind the others.
    isConfigured: index < options.settings.length,
  }))
  const taken = new Set(settings.map((setting) => place(setting).model))
  const rest = found.models
    // A folder that is named twice, or lies in another one that is named, has nothing twice; but one file of Ollama's is
    // several models where they are run in several manners.
    .filter((model) => !taken.has(model) && (model.store === 'ollama' || found.modelAt(model.path) === model))
    .map((model) => ({ ...toCandidate({}, { path: model.path, model }, found), ...longIdOf(model) }))
  return [...configured, ...rest]
}

/** What lies in the models folder itself keeps its name, whatever comes from elsewhere. */
const longIdOf = ({ name, longName }: FoundModel): { longId?: string } =>
  longName === name ? {} : { longId: longName }

/** A default model is a setting like any other: its own where there is none of the same model, or added to that one. */
function withDefaults(options: RegistryOptions, place: (setting: ModelSetting) => Place): readonly ModelSetting[] {
  const settings = [...options.settings]
  for (const own of [options.defaults.chat, options.defaults.embedding]) {
    const name = own.id?.toLowerCase()
    const isSame = ({ id, aliases = [] }: ModelSetting) =>
      name !== undefined && [id, ...aliases].some((each) => each?.toLowerCase() === name)
    const { path, model } = place(own)
    const isThere = (setting: ModelSetting) => place(setting).path === path && place(setting).model === model
    const index = [settings.findIndex(isSame), settings.findIndex(isThere)].find((position) => position >= 0)
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

function toCandidate(setting: ModelSetting, { path, model: found }: Place, names: FoundNames): Candidate {
  const entry = names.entryAt(path)
  const name = found?.name ?? nameOfFile(path)
  const id = setting.id ?? (setting.path === undefined ? entry?.id : undefined) ?? name
  const implied = [name, found?.longName, entry?.id, ...(found?.aliases ?? [])]
  const { load, defaults, store, notes, root, repository, problem } = found ?? {}
  return {
    id,
    path,
    aliases: setting.aliases ?? [],
    impliedAliases: implied.filter((alias): alias is string => alias !== undefined && alias !== id),
    setting,
    isConfigured: false,
    ...(entry && { entry }),
    ...(load && { load }),
    ...(defaults && { defaults }),
    ...(store && { store }),
    ...(notes && { notes }),
    ...(root !== undefined && { root }),
    ...(repository && { repository }),
    ...(problem !== undefined && { problem }),
  }
}
