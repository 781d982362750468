import type { Config, ModelSection } from './config/config.ts'
import type { GenerationDefaults, LoadOptions, ModelSetting } from './core/model.ts'
import { createCatalog } from './models/catalog/catalog.ts'
import { createRegistry } from './models/registry/create-registry.ts'
import type { ModelRegistry } from './models/registry.ts'
import type { Log } from './observe/log.ts'

/** The models of this configuration: what the keys of config.yaml mean for the models room. */
export function composeRegistry({ config, log }: { config: Config; log: Log }): ModelRegistry {
  return createRegistry({
    modelsDir: config.models_dir,
    catalog: createCatalog(config.catalog),
    settings: config.models.map(toSetting),
    defaults: {
      chat: defaultChat(config),
      embedding: { id: config.embedding_model, kind: 'embedding' },
      load: wholeLoad(config),
      generation: wholeDefaults(config),
    },
    log,
  })
}

/** The flat keys describe the default chat model; its draft is for it alone. */
function defaultChat(config: Config): ModelSetting {
  const load = draftOf(config)
  return { ...(config.model_path ? { path: config.model_path } : { id: config.model }), ...(load && { load }) }
}

function toSetting(section: ModelSection): ModelSetting {
  const load = { ...loadOf(section), ...draftOf(section) }
  return {
    ...(section.id !== undefined && { id: section.id }),
    ...(section.aliases && { aliases: section.aliases }),
    ...(section.path !== undefined && { path: section.path }),
    ...(section.kind && { kind: section.kind }),
    load,
    defaults: defaultsOf(section),
  }
}

const wholeLoad = (config: Config): LoadOptions => ({
  contextSize: config.n_ctx,
  gpuLayers: config.n_gpu_layers,
  slots: config.slots,
  threads: config.threads,
})

const wholeDefaults = (config: Config): GenerationDefaults => ({
  temperature: config.temperature,
  topP: config.top_p,
  topK: config.top_k,
  minP: config.min_p,
  ...(config.max_tokens !== undefined && { maxTokens: config.max_tokens }),
})

const loadOf = (section: ModelSection): Partial<LoadOptions> => ({
  ...(section.n_ctx !== undefined && { contextSize: section.n_ctx }),
  ...(section.n_gpu_layers !== undefined && { gpuLayers: section.n_gpu_layers }),
  ...(section.slots !== undefined && { slots: section.slots }),
  ...(section.threads !== undefined && { threads: section.threads }),
})

const defaultsOf = (section: ModelSection): Partial<GenerationDefaults> => ({
  ...(section.max_tokens !== undefined && { maxTokens: section.max_tokens }),
  ...(section.temperature !== undefined && { temperature: section.temperature }),
  ...(section.top_p !== undefined && { topP: section.top_p }),
  ...(section.top_k !== undefined && { topK: section.top_k }),
  ...(section.min_p !== undefined && { minP: section.min_p }),
})

type DraftKeys = Pick<ModelSection, 'draft_model_path' | 'draft_n_ctx' | 'draft_n_gpu_layers'>

function draftOf(section: DraftKeys): Pick<LoadOptions, 'draft'> | undefined {
  if (!section.draft_model_path) return undefined
  const contextSize = section.draft_n_ctx ?? 'auto'
  return { draft: { path: section.draft_model_path, contextSize, gpuLayers: section.draft_n_gpu_layers ?? -1 } }
}
