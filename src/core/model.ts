import type { ModelLayout } from './model-layout.ts'

/** What the head of a model file says, read without loading the model. */
export interface ModelHeader {
  /** llama.cpp's name of the architecture: `llama`, `qwen3`, `bert` … */
  readonly architecture: string
  readonly name?: string
  readonly licence?: string
  /** The name of the most frequent tensor type, as people write it: `Q4_1`, `F16` … */
  readonly quantisation?: string
  readonly parameterCount?: number
  /** Tokens. */
  readonly trainedContextSize?: number
  readonly blockCount?: number
  /** Length of the hidden vector, which is that of an embedding too. */
  readonly embeddingSize?: number
  readonly headCount?: number
  /** Largest over the layers, where layers differ. */
  readonly headCountKeyValue?: number
  readonly keyLength?: number
  readonly valueLength?: number
  readonly vocabularySize?: number
  /** The model's own Jinja chat template, where it has one. */
  readonly chatTemplate?: string
  /** How a reranker is asked, with `{query}` and `{document}` in it, where its file says so. */
  readonly rerankTemplate?: string
  /** `none`, `mean`, `cls`, `last` or `rank`; present in embedding and reranker models. */
  readonly pooling?: string
  /** Bytes of all tensors. */
  readonly tensorBytes: number
  /** Absent where nobody has looked. */
  readonly layout?: ModelLayout
}

/** What a model is for. */
export type ModelKind = 'chat' | 'embedding' | 'reranker'

/** How a model is to be loaded. `'auto'` is decided when the machine and the header are known. */
export interface LoadOptions {
  /** Tokens that one request may fill, prompt and answer together. */
  readonly contextSize: number | 'auto'
  /** Layers on the GPU; -1: all that fit. */
  readonly gpuLayers: number
  /** Requests at once. */
  readonly slots: number | 'auto'
  readonly threads: number | 'auto'
  readonly draft?: DraftOptions
  /** Whether the runtime guesses ahead by what stands in the text already, where that pays. Absent: yes. */
  readonly promptLookup?: boolean
  /** Absent: what a slot loses is lost. */
  readonly promptCache?: PromptCacheOptions
  /** How the keys and the values of the cache are stored. Absent: F16. */
  readonly cacheTypes?: { readonly key: CacheType; readonly value: CacheType }
  /** LoRA adapters (arXiv:2106.09685) that are applied to the model. */
  readonly adapters?: readonly AdapterOptions[]
}

/** ggml's types that a key-value cache can have, as llama.cpp's `--cache-type-k` names them. */
export const cacheTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const
export type CacheType = (typeof cacheTypes)[number]

/** A LoRA adapter, as a GGUF file. */
export interface AdapterOptions {
  /** Absolute path. */
  readonly path: string
  /** 1: as it was trained. */
  readonly scale: number
  /** Bytes of its tensors. Absent: its file has not been looked at, or cannot be read. */
  readonly tensorBytes?: number
}

/** Where the states of prompts are kept that have lost their slot. */
export interface PromptCacheOptions {
  /** MiB in main memory. 0: none. */
  readonly memory: number | 'auto'
  /** Absolute path of a folder that is taken in place of main memory, and outlives the process. */
  readonly folder?: string
  /** MiB in the folder, for each model. */
  readonly disk: number
}

/** A small model that guesses ahead for a large one (speculative decoding, arXiv:2211.17192). */
export interface DraftOptions {
  /** Absolute path of its file. */
  readonly path: string
  /** Absent: its file has not been looked at, or cannot be read. */
  readonly header?: ModelHeader
  readonly contextSize: number | 'auto'
  readonly gpuLayers: number
  /** The load fails where it cannot be used. Absent: the model does without it, and says so. */
  readonly isRequired?: boolean
  /** It guesses even where that does not pay: only to measure it, and to test it. */
  readonly always?: boolean
}

/** Sampling values for requests that name none; `undefined` means: the runtime's own. */
export interface GenerationDefaults {
  readonly maxTokens?: number
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly minP: number
}

/** A model that can be loaded: where it is, what it is, and how it is to run. */
export interface ModelEntry {
  readonly id: string
  /** Other names that requests may use. */
  readonly aliases: readonly string[]
  readonly kind: ModelKind
  readonly format: 'gguf' | 'fake'
  /** Absolute path of the file; empty for a fake. */
  readonly path: string
  /** Bytes of the file. */
  readonly fileBytes: number
  /** When the file was last written, in seconds since 1970. */
  readonly createdSeconds: number
  readonly header: ModelHeader
  readonly load: LoadOptions
  readonly defaults: GenerationDefaults
  /** Whether it stays in memory whoever else wants it. Absent: no. */
  readonly isPinned?: boolean
  /** How long it stays once nothing uses it, where a request says nothing else. Absent: for ever. */
  readonly keepAliveSeconds?: number
  /** Where its file was found. Absent: in a models folder, or where a setting says. */
  readonly store?: ModelStore
  /** What its store keeps with it and is not used here, a sentence each, for people. */
  readonly notes?: readonly string[]
}

/** Places of other programs whose models are used where they are, and never written to. */
export type ModelStore = 'hugging-face' | 'ollama' | 'lm-studio'

/**
 * Whether a draft model works. `ready`: it guesses where that pays; `resting`: it has not paid for a while, and is tried
 * now and then; `failed`: it is left out for good.
 */
export type DraftFact = { readonly state: 'ready' | 'resting' } | { readonly state: 'failed'; readonly problem: string }

/** What a model turned out to be once it was loaded. */
export interface LoadedFacts {
  /** Tokens that one request may fill, prompt and answer together. */
  readonly contextSize: number
  /** Requests at once. */
  readonly slots: number
  readonly threads: number
  /** Layers that are on a GPU. */
  readonly gpuLayers: number
  /** `cpu`, `cuda`, `vulkan`, `metal`, or `fake`. */
  readonly device: string
  /** Length of a vector; only for models that embed. */
  readonly embeddingSize?: number
  /** Present when a draft model was asked for. */
  readonly draft?: DraftFact
  /** Bytes of main memory, beyond that of its process, that the states of prompts take now. Absent: none. */
  readonly stateBytes?: number
  /** What was chosen and why, a sentence each, for the log. */
  readonly notes: readonly string[]
}

/** What the configuration says of one model. A field that is absent takes the default of the whole server. */
export interface ModelSetting {
  /** The name that requests use. Absent: the file's name without `.gguf`. */
  readonly id?: string
  readonly aliases?: readonly string[]
  /** Absolute path; absent when `id` is in the catalog or is the name of a file in the models folder. */
  readonly path?: string
  /** Absent: told by the header. */
  readonly kind?: ModelKind
  readonly load?: Partial<LoadOptions>
  readonly defaults?: Partial<GenerationDefaults>
  readonly isPinned?: boolean
  readonly keepAliveSeconds?: number
}
