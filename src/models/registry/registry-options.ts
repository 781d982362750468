import type { GenerationDefaults, LoadOptions, ModelSetting } from '../../core/model.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { ModelLog } from '../model-log.ts'
import type { ModelSource } from '../stores/found-model.ts'

/** Where models are, and what is said about them. */
export interface RegistryOptions {
  /** Absolute; need not exist. */
  readonly modelsDir: string
  /** Where else models are, in the order in which names go to what lies there. */
  readonly sources?: readonly ModelSource[]
  /** The entries of `models:`. */
  readonly settings: readonly ModelSetting[]
  readonly catalog: readonly CatalogEntry[]
  readonly defaults: {
    /** The model for chat requests that name none: by `path` or by `id`. */
    readonly chat: ModelSetting
    /** The model for embedding requests that name none. */
    readonly embedding: ModelSetting
    readonly load: LoadOptions
    readonly generation: GenerationDefaults
  }
  readonly log: ModelLog
  /** Milliseconds since any moment; absent: those of the process. */
  readonly now?: () => number
}
