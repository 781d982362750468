import type { AdapterOptions, DraftOptions, GenerationDefaults, LoadOptions, ModelSetting } from '../core/model.ts'
import type { Config, ModelSection } from './config.ts'

/** What the configuration says about models, in the program's own words. */
export interface ModelSettings {
  /** For every model that says nothing else. Names no draft model and no adapters: they fit only the model that they were made for. */
  readonly load: LoadOptions
  readonly defaults: GenerationDefaults
  /** One for each entry of `models:`, in their order. The entry of the default chat model has the server's draft model. */
  readonly models: readonly ModelSetting[]
  /**
   * The model for chat requests that name none: by `path` when `model_path` is set, otherwise by `id`. It has the server's
   * draft model and adapters unless an entry of `models` is the same model, which has them then, or says that it wants none.
   */
  readonly chat: ModelSetting
  /** The model for embedding requests that name none, by `id`. */
  readonly embedding: ModelSetting
}

/** Translates the keys of the file. Pure. */
export function modelSettings(config: Config): ModelSettings {
  const isDefaultChat = ({ id, aliases = [], path }: ModelSection) =>
    config.model_path ? path === config.model_path : id === config.model || aliases.includes(config.model)
  const isListed = config.models.some(isDefaultChat)
  const draft = isListed ? undefined : draftOf(config, config)
  const adapters = isListed ? undefined : adaptersOf(config)
  return {
    load: {
      contextSize: config.n_ctx,
      gpuLayers: config.n_gpu_layers,
      slots: config.slots,
      threads: config.threads,
      promptLookup: config.prompt_lookup,
      ...given({ cacheTypes: cacheTypesOf(config, config) }),
      promptCache: {
        memory: config.prompt_cache_memory,
        ...(config.prompt_cache_folder && { folder: config.prompt_cache_folder }),
        disk: config.prompt_cache_disk,
      },
    },
    defaults: defaultsOf(config) as GenerationDefaults,
    models: config.models.map((section) =>
      settingOf(isDefaultChat(section) ? { ...companions(config), ...section } : section, config),
    ),
    chat: {
      ...(config.model_path ? { path: config.model_path } : { id: config.model }),
      ...((draft || adapters) && { load: given({ draft, adapters }) }),
    },
    embedding: { id: config.embedding_model, kind: 'embedding' },
  }
}

type DraftKeys = Pick<ModelSection, 'draft_model_path' | 'draft_n_ctx' | 'draft_n_gpu_layers'>

/** What fits one model only. */
const companions = ({ draft_model_path, lora }: Config): Partial<ModelSection> => given({ draft_model_path, lora })

function adaptersOf({ lora }: Pick<ModelSection, 'lora'>): readonly AdapterOptions[] | undefined {
  if (!lora) return undefined
  const list = typeof lora === 'string' ? [lora] : lora
  return list.map((each) => (typeof each === 'string' ? { path: each, scale: 1 } : { scale: 1, ...each }))
}

/** Nothing where both are what they are when nobody says anything. */
function cacheTypesOf(
  keys: Pick<ModelSection, 'cache_type_k' | 'cache_type_v'>,
  config: Config,
): LoadOptions['cacheTypes'] {
  const { cache_type_k: key = config.cache_type_k, cache_type_v: value = config.cache_type_v } = keys
  return key === 'f16' && value === 'f16' && keys === config ? undefined : { key, value }
}

function draftOf(keys: DraftKeys, config: Config): DraftOptions | undefined {
  if (!keys.draft_model_path) return undefined
  return {
    path: keys.draft_model_path,
    contextSize: keys.draft_n_ctx ?? config.draft_n_ctx,
    gpuLayers: keys.draft_n_gpu_layers ?? config.draft_n_gpu_layers,
  }
}

function settingOf(section: ModelSection, config: Config): ModelSetting {
  const draft = draftOf(section, config)
  const hasTypes = section.cache_type_k !== undefined || section.cache_type_v !== undefined
  const cacheTypes = hasTypes ? cacheTypesOf(section, config) : undefined
  const adapters = adaptersOf(section)
  const { id, aliases, path, kind, pinned, n_ctx, n_gpu_layers, slots, threads, prompt_lookup } = section
  return {
    ...given({ id, aliases, path, kind, isPinned: pinned, keepAliveSeconds: keepAliveOf(section) }),
    load: given({
      ...{ contextSize: n_ctx, gpuLayers: n_gpu_layers, slots, threads, promptLookup: prompt_lookup },
      ...{ draft, cacheTypes, adapters },
    }),
    defaults: defaultsOf(section),
  }
}

/** How long models stay once nothing uses them; Infinity: for ever. */
export const keepAliveOf = <Keys extends { readonly keep_alive?: number }>({ keep_alive }: Keys) =>
  (keep_alive === -1 ? Number.POSITIVE_INFINITY : keep_alive) as Keys['keep_alive']

const defaultsOf = ({ max_tokens, temperature, top_p, top_k, min_p }: SamplingKeys): Partial<GenerationDefaults> =>
  given({ maxTokens: max_tokens, temperature, topP: top_p, topK: top_k, minP: min_p })

type SamplingKeys = Partial<Pick<Config, 'max_tokens' | 'temperature' | 'top_p' | 'top_k' | 'min_p'>>

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
