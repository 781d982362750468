import { join } from 'node:path'
import { Bug } from '../../core/errors.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { openNativeModule } from '../../platform/loader/open-native-module.ts'
import { removeStamp } from '../../platform/unpack/stamp.ts'
import { inFolder, loadBackends } from './load-backends.ts'

/**
 * The lower layer of node-llama-cpp: its native addon, loaded without the JavaScript around it. The classes here name
 * what we use of it and nothing else (`dist/bindings/AddonTypes.d.ts` and `llama/addon/*.cpp` of 3.22.1).
 */
export interface Addon {
  readonly AddonModel: new (
    path: string,
    options: {
      addonExports: Addon
      gpuLayers: number
      useMmap: boolean
      onLoadProgress?: (fraction: number) => void
      hasLoadAbortSignal?: boolean
    },
  ) => AddonModel
  readonly AddonContext: new (
    model: AddonModel,
    options: {
      contextSize: number
      batchSize: number
      sequences: number
      threads: number
      flashAttention: 'auto' | boolean
      embeddings?: boolean
      /** Scores in place of vectors, for models that have a classifier. */
      ranking?: boolean
      /** Numbers of `ggml_type`. */
      kvCacheKeyType?: number
      kvCacheValueType?: number
    },
  ) => AddonContext
  readonly AddonSampler: new (model: AddonModel) => AddonSampler
  readonly AddonModelLora: new (model: AddonModel, path: string) => AddonModelLora
  readonly AddonJinjaRenderer: new (template: string) => { render(variables: Record<string, unknown>): string }
  init(): Promise<void>
  /** Without a folder: the libraries that are linked in. With one: every ggml backend library that it holds. */
  loadBackends(folder?: string): void
  getGpuType(): 'cuda' | 'vulkan' | 'metal' | false | undefined
  getGpuVramInfo(): { total: number; used: number; unifiedSize: number }
  getGpuDeviceInfo(): { deviceNames: string[] }
  getSupportsMmap(): boolean
  getMathCores(): number
  getAllArchs(): string[]
  getIsArchSupported(architecture: string): boolean
  getIsArchRecurrent(architecture: string): boolean | undefined
  getIsArchHybrid(architecture: string): boolean | undefined
  systemInfo(): string
  /** Level 1 is fatal, 2 error, 3 warning, 4 information … */
  setLogger(write: (level: number, message: string) => void): void
  setLoggerLogLevel(level: number): void
}

export interface AddonModel {
  /** False when the file could not be loaded; the reason is in the log only. */
  init(): Promise<boolean>
  abortActiveModelLoad(): void
  /** Rejects where the file is no adapter of this model; the reason is in the log. The model disposes of it. */
  loadLora(adapter: AddonModelLora): Promise<void>
  dispose(): Promise<void>
  /** Adds no token at either end. */
  tokenize(text: string, readSpecialTokens: boolean): Uint32Array
  getTrainContextSize(): number
  getEmbeddingVectorSize(): number
  getTokenString(token: number): string | undefined
  getTokenAttributes(token: number): number
  isEogToken(token: number): boolean
  getVocabularyType(): number
  /** -1 where the vocabulary has none, as for all tokens. */
  tokenBos(): number
  tokenEos(): number
  sepToken(): number
  prefixToken(): number
  middleToken(): number
  suffixToken(): number
  shouldPrependBosToken(): boolean
  shouldAppendEosToken(): boolean
}

/** A LoRA adapter: nothing before `loadLora`. */
export interface AddonModelLora {
  readonly filePath: string
}

export interface AddonContext {
  init(): Promise<boolean>
  /** In place of those that it had. What is in the cache already stays as it is. */
  setLoras(adapters: readonly AddonModelLora[], scales: readonly number[]): void
  dispose(): Promise<void>
  getContextSize(): number
  initBatch(tokens: number): void
  /** Answers the places in the batch of the tokens whose logits were asked for. */
  addToBatch(
    sequence: number,
    firstPosition: number,
    tokens: Uint32Array,
    indexesOfTokensWithLogits: Uint32Array,
  ): Uint32Array
  decodeBatch(): Promise<unknown>
  /**
   * Ours (native-step.ts), where it is there: on a CPU: as `decodeBatch`, and answers false when it stopped for new work; some
   * of the batch may be in memory then.
   */
  decodeUnlessKnocked?(): Promise<boolean>
  /** -1 when no candidate is left. */
  sampleToken(batchIndex: number, sampler: AddonSampler): Promise<number>
  /** With `confidence`: `[token, , probability of the token]`. */
  sampleToken(
    batchIndex: number,
    sampler: AddonSampler,
    probabilities: false,
    confidence: true,
  ): Promise<[number, undefined, number]>
  /**
   * Logits as they are after the sampler, a flat list of tokens and values, largest first: those of the tokens named, of
   * the token that was taken if `includeSelected`, and of the `includeTop` largest. `weight` is the sum of e^(l - largest l).
   */
  sampleToken(
    batchIndex: number,
    sampler: AddonSampler,
    probabilities: false,
    confidence: false,
    logits: [
      tokens: readonly number[],
      includeMax: false,
      includeMin: false,
      includeSelected: boolean,
      includeTop: number,
    ],
    totalLogitWeight: boolean,
  ): Promise<[token: number, undefined, undefined, logits: number[] | undefined, weight: number | undefined]>
  disposeSequence(sequence: number): void
  /** Removes positions `start` to `end` (exclusive; -1: to the end). False: this kind of memory cannot do that. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean
  getSequenceKvCacheMinPosition(sequence: number): number
  /** The cells at once, their keys and values at the beginning of the next decode: until then the target holds nothing. */
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>
  /** Answers the bytes of the file. A copy that has not arrived is not in it. */
  saveSequenceStateToFile(path: string, sequence: number, tokens: Uint32Array): Promise<number>
  /** Answers the tokens. The process may end over a file that is not one of `saveSequenceStateToFile`. */
  loadSequenceStateFromFile(path: string, sequence: number, mostTokens: number): Promise<Uint32Array>
  getEmbedding(tokens: number): Float64Array
  ensureDraftContextIsCompatibleForSpeculative(draft: AddonContext): void
}

export interface AddonSampler {
  dispose(): void
  /** What is absent is switched off. A sampler goes on with its random numbers unless the seed is another. */
  applyConfig(config: SamplerConfig): void
}

/** In the order of their effect; with temperature 0 only the biases and penalties have one (and XTC, which it should not). */
export interface SamplerConfig {
  /** Added to the logits of these tokens; a token may be there twice. */
  readonly tokenBiasKeys?: Uint32Array
  readonly tokenBiasValues?: Float32Array
  readonly repeatPenalty?: number
  readonly repeatPenaltyMaxTokens?: number
  /** The tokens that are penalised, each time all of them. */
  readonly repeatPenaltyTokens?: Uint32Array
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  readonly xtcProbability?: number
  readonly xtcThreshold?: number
  readonly temperature: number
  readonly seed?: number
}

/** The file that holds it, in the folder of the native libraries. */
export const addonName = 'llama-addon.node'

const needed: readonly (keyof Addon)[] = [
  'AddonModel',
  'AddonContext',
  'AddonSampler',
  'AddonJinjaRenderer',
  'init',
  'loadBackends',
  'getGpuType',
  'getGpuVramInfo',
  'getMathCores',
  'getIsArchSupported',
  'setLogger',
  'setLoggerLogLevel',
]

interface OpenCall {
  readonly isVerbose?: boolean
  /** What was found out about CUDA; absent: the libraries are not for it. */
  readonly cuda?: CudaPlan | undefined
  /** Told what became of the plan. */
  readonly onCuda?: (plan: CudaPlan) => void
}

/**
 * Loads the addon from a folder that holds `llama-addon.node` and the libraries it is linked to. Once a process.
 * Throws `native_libraries_unusable`, or a plain error that says what could not be loaded. Warnings and worse of llama.cpp's
 * log go to `onLog`, and what it tells besides if it `isVerbose`.
 */
export function openAddon(
  folder: string,
  onLog: (level: 'error' | 'warn' | 'debug', message: string) => void,
  call: OpenCall = {},
): Promise<Addon> {
  return inFolder(folder, async () => {
    try {
      return await open(folder, onLog, call)
    } catch (error) {
      // A disk may have lost what was written last, which shows in no size and no time: the next start reads all of it.
      await removeStamp(folder)
      throw error
    }
  })
}

async function open(
  folder: string,
  onLog: Parameters<typeof openAddon>[1],
  { isVerbose = false, cuda, onCuda }: OpenCall,
): Promise<Addon> {
  const addon = openNativeModule({
    path: join(folder, addonName),
    cxxRuntime: join(folder, 'c++-runtime'),
    onNote: (note) => onLog('debug', note),
  }) as Addon
  const missing = needed.filter((name) => typeof addon[name] !== 'function')
  if (missing.length > 0) throw new Bug(`The addon in ${folder} lacks ${missing.join(', ')}: another version?`)
  addon.setLogger((level, message) => onLog(level <= 2 ? 'error' : level === 3 ? 'warn' : 'debug', message.trimEnd()))
  addon.setLoggerLogLevel(isVerbose ? 4 : 3)
  const plan = loadBackends({ addon, folder, cuda })
  if (plan) onCuda?.(plan)
  await addon.init()
  return addon
}
