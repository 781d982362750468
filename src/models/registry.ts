import type { GenerationDefaults, ModelEntry, ModelKind, ModelStore } from '../core/model.ts'
import type { LoadChange } from './load-change.ts'

/** The models that this server can use now, by the names that requests may give them. */
export interface ModelRegistry {
  /** Every usable model, the default chat model first, then the default embedding model, then by name. */
  list(): Promise<readonly ModelEntry[]>
  /** The same as they are configured, whatever was said of them while the server runs. */
  configured(): Promise<readonly ModelEntry[]>
  /**
   * The model of that id, alias or file name; without a name the default one of the kind, and
   * of rerankers the first by name. Never takes a path.
   * Throws `model_not_found` (param `model`) with the nearest names.
   */
  find(name: string | undefined, kind: ModelKind): Promise<ModelEntry>
  /** Files and settings that cannot be used, with the reason: a truncated file, a missing one. */
  problems(): Promise<readonly ModelProblem[]>
}

export interface ModelProblem {
  readonly id: string
  readonly path: string
  readonly problem: string
  /** It is a folder of which no model is taken; its path stands for the id. */
  readonly isFolder?: true
  /** The program to which the file belongs, where it is none of ours. */
  readonly store?: ModelStore
}

/** A model that this server knows of, whether it can be used now or not. */
export interface RegisteredModel {
  readonly id: string
  readonly aliases: readonly string[]
  readonly kind?: ModelKind
  /** `available`: it is in the catalog, and a pull fetches it. `unusable`: `problem` says why. */
  readonly state: 'installed' | 'available' | 'unusable'
  /** Whether the catalog has it; whether an entry of `models:` speaks of it. */
  readonly isCatalogued: boolean
  readonly isConfigured: boolean
  readonly entry?: ModelEntry
  readonly problem?: string
  /** Of the file that there is, or of the one that a pull would fetch, where that is known. */
  readonly sizeBytes?: number
  readonly licence?: string
}

/** Sampling values that are to be others; null takes back what was said of one, so that it is as configured again. */
export type DefaultsChange = { readonly [Name in keyof GenerationDefaults]?: GenerationDefaults[Name] | null }

/** What can be said of a model while the server runs. It holds until the server ends; what is absent stays as it is. */
export interface ModelChange {
  readonly load?: LoadChange
  readonly defaults?: DefaultsChange
  readonly isPinned?: boolean
  readonly keepAliveSeconds?: number
}

export interface RemovedModel {
  readonly id: string
  /** Absolute paths of the files that are gone; none where only an alias was taken away. */
  readonly paths: readonly string[]
  readonly freedBytes: number
}

/** What people who run a server change about its models. All take a name as `find` does, and reject as it does. */
export interface ModelChanges {
  /** In the order of `list`, then those that cannot be used, then what the catalog has besides. */
  registered(): Promise<readonly RegisteredModel[]>
  /** From now on the entry is so; a model that is in memory is not touched by it. Answers the new entry. */
  configure(name: string, change: ModelChange): Promise<ModelEntry>
  /** Takes back what `configure` said of the model. */
  reset(name: string): Promise<ModelEntry>
  /** For models that no `configure` has said anything else of, and for those to come. Without a field: only answers. */
  configureAll(defaults: DefaultsChange): Promise<GenerationDefaults>
  /** Makes the model the default one of its kind, until the server ends. */
  select(name: string): Promise<ModelEntry>
  /** Gives the model one more name, for good (`hearth cp`). Rejects with `name_taken` (param `name`). */
  addAlias(alias: string, name: string): Promise<ModelEntry>
  /** What `remove` would take away now: a name that `addAlias` gave, or files. Rejects as it would, and changes nothing. */
  removal(name: string): Promise<{ readonly id: string; readonly isNameOnly: boolean }>
  /**
   * Deletes the files of a model that lies in a models folder of ours, also one that cannot be used; or, for an alias that
   * `addAlias` gave, that alias alone. Rejects with `model_not_ours` where the files belong to another program or to a setting.
   */
  remove(name: string): Promise<RemovedModel>
  /** Files have come or gone: whoever asks from now on gets what is there now. To be called after every download. */
  forget(): void
}
