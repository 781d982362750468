import type { CacheType, LoadOptions, ModelHeader } from '../../../core/model.ts'
import type { Recurrence } from '../../../core/model-layout.ts'

/** How large the cache is to be. */
export interface CacheShape {
  /** Tokens that each sequence may fill. */
  readonly contextSize: number
  readonly sequences: number
  /** Tokens in one batch. */
  readonly batchSize: number
  readonly types?: LoadOptions['cacheTypes']
}

/** Bytes that 32 numbers take in a cache of that type. */
const bytesOf32: Readonly<Record<CacheType, number>> = {
  f32: 128,
  f16: 64,
  bf16: 64,
  q8_0: 34,
  q5_1: 24,
  q5_0: 22,
  q4_1: 20,
  q4_0: 18,
  iq4_nl: 18,
}

/** Read a text at once and keep nothing of it (`create_memory` of llama.cpp's src/llama-model.cpp). */
const withoutCache = /bert|^gemma-embedding$|^(dream|llada|llada-moe|rnd1|wavtokenizer-dec)$/
const recurrent = /^(mamba2?|rwkv[67].*|arwkv7)$/
/** Families whose windows llama.cpp heeds; by their name, of how many consecutive blocks one sees everything. */
const windowPeriods: Readonly<Record<string, number>> = {
  afmoe: 4,
  cohere2: 4,
  cohere2moe: 4,
  'exaone-moe': 4,
  gemma2: 2,
  gemma3: 6,
  gemma3n: 5,
  gemma4: 6,
  'gpt-oss': 2,
  'granite-swa': 4,
  laguna: 4,
  llama4: 4,
  mellum: 4,
  mimo2: 4,
  olmo2: 4,
  plamo3: 8,
  smallthinker: 4,
}
/** Where the file need not say how wide the window is. */
const windowSizes: Readonly<Record<string, number>> = { llama4: 8192, gemma2: 4096, smallthinker: 4096 }
/** The first block of each period is the one that sees everything, not the last one. */
const denseFirst = new Set(['cohere2moe', 'laguna', 'smallthinker'])
/** Every how many blocks one has attention, where the file need not say so. */
const attentionIntervals: Readonly<Record<string, number>> = {
  qwen3next: 4,
  qwen35: 4,
  qwen35moe: 4,
  qwen4exp: 4,
  'minimax-01': 8,
}
/** llama.cpp lays out windows in so many cells. */
const padding = 256

export const padded = (tokens: number): number => Math.ceil(tokens / padding) * padding

/**
 * Bytes that each block keeps of what was read, first block first: keys and values of every token or of the last ones, or
 * a state of fixed size. What is not known of an architecture is taken as if it kept everything. Pure.
 */
export function blockCaches(header: ModelHeader, shape: CacheShape): readonly number[] {
  const { blockCount = 0, architecture, layout = {} } = header
  if (withoutCache.test(architecture)) return Array.from({ length: blockCount }, () => 0)
  const { predictionBlocks = 0, sharedCacheBlocks = 0 } = layout as NonNullable<ModelHeader['layout']>
  const lastOwn = blockCount - predictionBlocks - sharedCacheBlocks
  return Array.from({ length: blockCount }, (_, block) => {
    if (block >= lastOwn) return 0
    const state = keepsState(header, block) ? stateBytes(header) * shape.sequences : 0
    return state + attentionBytes(header, block, shape)
  })
}

/** Bytes that one token more takes, at most. Pure. */
export function cacheBytesPerToken(header: ModelHeader, types?: LoadOptions['cacheTypes']): number {
  const { blockCount = 0, architecture } = header
  if (withoutCache.test(architecture)) return 0
  const blocks = Array.from({ length: blockCount }, (_, block) => tokenBytes(header, block, types))
  return blocks.reduce((sum, bytes) => sum + bytes, 0)
}

function attentionBytes(header: ModelHeader, block: number, shape: CacheShape): number {
  const { contextSize, sequences, batchSize, types } = shape
  const window = windowOf(header, block)
  const cells = Math.min(
    padded(contextSize),
    window === undefined ? Number.POSITIVE_INFINITY : padded(window + batchSize),
  )
  return tokenBytes(header, block, types) * cells * sequences
}

/** Bytes of the key and the value of one token in one block. */
function tokenBytes(header: ModelHeader, block: number, types: LoadOptions['cacheTypes']): number {
  const { layout, headCount = 0, headCountKeyValue = headCount, embeddingSize = 0, architecture } = header
  if (recurrent.test(architecture) || (hasInterval(header) && keepsState(header, block))) return 0
  const heads = layout?.headCountsKeyValue?.[block] ?? headCountKeyValue
  const size = headCount > 0 ? embeddingSize / headCount : 0
  const window = windowOf(header, block) === undefined ? undefined : layout?.slidingWindow
  const key = window?.keyLength ?? header.keyLength ?? size
  const value = layout?.hasLatentAttention ? 0 : (window?.valueLength ?? header.valueLength ?? size)
  return (heads * (key * bytesOf32[types?.key ?? 'f16'] + value * bytesOf32[types?.value ?? 'f16'])) / 32
}

/** Tokens that the block sees; undefined: all of them. */
function windowOf({ architecture, layout, blockCount }: ModelHeader, block: number): number | undefined {
  const period = windowPeriods[architecture] ?? (architecture === 'exaone4' && blockCount === 64 ? 4 : undefined)
  const size = layout?.slidingWindow?.size ?? windowSizes[architecture]
  if (period === undefined || !size) return undefined
  const { pattern = period } = layout?.slidingWindow ?? {}
  if (typeof pattern !== 'number') return pattern[block] ? size : undefined
  if (pattern === 0) return size
  const hasWindow = denseFirst.has(architecture) ? block % pattern !== 0 : block % pattern < pattern - 1
  return hasWindow ? size : undefined
}

const intervalOf = ({ architecture, layout }: ModelHeader): number | undefined =>
  layout?.recurrence?.attentionInterval ?? attentionIntervals[architecture]

const hasInterval = (header: ModelHeader) =>
  intervalOf(header) !== undefined || header.layout?.recurrence?.recurrentBlocks !== undefined

function keepsState(header: ModelHeader, block: number): boolean {
  const { architecture, layout } = header
  if (recurrent.test(architecture) || architecture === 'falcon-h1') return true
  const listed = layout?.recurrence?.recurrentBlocks?.[block]
  if (listed !== undefined) return listed
  const interval = intervalOf(header)
  if (interval !== undefined) return (block + 1) % interval !== 0
  return layout?.recurrence !== undefined && layout.headCountsKeyValue?.[block] === 0
}

/** Bytes of the state of one block for one sequence: `n_embd_r` and `n_embd_s` of llama.cpp's src/llama-hparams.cpp. */
function stateBytes({ embeddingSize = 0, headCount = 0, keyLength = 0, architecture, layout }: ModelHeader): number {
  const facts: Recurrence = layout?.recurrence ?? {}
  const { convolutionLength = 0, innerSize = 0, stateSize = 0, groupCount = 0 } = facts
  if (facts.headSize) return 4 * embeddingSize * ((facts.tokenShiftCount ?? 2) + facts.headSize)
  if (facts.shortConvolutionLength) return 4 * embeddingSize * (facts.shortConvolutionLength - 1)
  if (facts.deltaHeadSize) {
    const convolutions = 3 * Math.max(convolutionLength - 1, 3) * headCount * facts.deltaHeadSize
    return 4 * (convolutions + facts.deltaHeadSize ** 2 * headCount)
  }
  if (architecture === 'minimax-01') return 4 * keyLength ** 2 * headCount
  const convolution = Math.max(0, convolutionLength - 1) * (innerSize + 2 * groupCount * stateSize)
  return 4 * (convolution + stateSize * innerSize)
}
