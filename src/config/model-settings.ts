import type { DraftOptions, GenerationDefaults, LoadOptions, ModelSetting } from '../core/model.ts'
import type { Config, ModelSection } from './config.ts'

/** What the configuration says about models, in the program's own words. */
export interface ModelSettings {
  /** For every model that says nothing else. Names no draft model: one fits only the model that it was made for. */
  readonly load: LoadOptions
  readonly defaults: GenerationDefaults
  /** One for each entry of `models:`, in their order. The entry of the default chat model has the server's draft model. */
  readonly models: readonly ModelSetting[]
  /**
   * The model for chat requests that name none: by `path` when `model_path` is set, otherwise by `id`. It has the server's
   * draft model unless an entry of `models` is the same model, which has it then, or says that it wants none.
   */
  readonly chat: ModelSetting
  /** The model for embedding requests that name none, by `id`. */
  readonly embedding: ModelSetting
}

/** Translates the keys of the file. Pure. */
export function modelSettings(config: Config): ModelSettings {
  const isDefaultChat = ({ id, aliases = [], path }: ModelSection) =>
    config.model_path ? path === config.model_path : id === config.model || aliases.includes(config.model)
  const draft = config.models.some(isDefaultChat) ? undefined : draftOf(config, config)
  return {
    load: {
      contextSize: config.n_ctx,
      gpuLayers: config.n_gpu_layers,
      slots: config.slots,
      threads: config.threads,
      promptLookup: config.prompt_lookup,
      promptCache: {
        memory: config.prompt_cache_memory,
        ...(config.prompt_cache_folder && { folder: config.prompt_cache_folder }),
        disk: config.prompt_cache_disk,
      },
    },
    defaults: defaultsOf(config) as GenerationDefaults,
    models: config.models.map((section) =>
      settingOf(section, draftOf({ ...(isDefaultChat(section) && drafts(config)), ...section }, config)),
    ),
    chat: {
      ...(config.model_path ? { path: config.model_path } : { id: config.model }),
      ...(draft && { load: { draft } }),
    },
    embedding: { id: config.embedding_model, kind: 'embedding' },
  }
}

type DraftKeys = Pick<ModelSection, 'draft_model_path' | 'draft_n_ctx' | 'draft_n_gpu_layers'>

const drafts = ({ draft_model_path }: Config): DraftKeys => (draft_model_path ? { draft_model_path } : {})

function draftOf(keys: DraftKeys, config: Config): DraftOptions | undefined {
  if (!keys.draft_model_path) return undefined
  return {
    path: keys.draft_model_path,
    contextSize: keys.draft_n_ctx ?? config.draft_n_ctx,
    gpuLayers: keys.draft_n_gpu_layers ?? config.draft_n_gpu_layers,
  }
}

function settingOf(section: ModelSection, draft: DraftOptions | undefined): ModelSetting {
  const { id, aliases, path, kind, pinned, n_ctx, n_gpu_layers, slots, threads, prompt_lookup } = section
  return {
    ...given({ id, aliases, path, kind, isPinned: pinned, keepAliveSeconds: keepAliveOf(section) }),
    load: given({ contextSize: n_ctx, gpuLayers: n_gpu_layers, slots, threads, promptLookup: prompt_lookup, draft }),
    defaults: defaultsOf(section),
  }
}

/** How long models stay once nothing uses them; Infinity: for ever. */
export const keepAliveOf = <Keys extends { readonly keep_alive?: number }>({ keep_alive }: Keys) =>
  (keep_alive === -1 ? Number.POSITIVE_INFINITY : keep_alive) as Keys['keep_alive']

const defaultsOf = ({ max_tokens, temperature, top_p, top_k, min_p }: Partial<Config>): Partial<GenerationDefaults> =>
  given({ maxTokens: max_tokens, temperature, topP: top_p, topK: top_k, minP: min_p })

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
