import type { MemoryBytes } from '../../../core/memory.ts'
import type { ModelEntry, ModelHeader } from '../../../core/model.ts'
import { fitBatchSize, fitEmbeddingContexts, sharedEmbedding, shortEmbedding } from '../batch-sizes.ts'
import { blockCaches } from './cache.ts'
import { computeBytes } from './compute.ts'
import { layersOf, type SplitBytes, splitWeights } from './weights.ts'

/** How a model is to be loaded: what its memory depends on. */
export interface LoadShape {
  readonly contextSize: number
  readonly slots: number
  readonly threads: number
  readonly gpuLayers: number
}

/** What a model takes, by what it is for. */
export interface SizeParts {
  readonly weights: SplitBytes
  readonly cache: SplitBytes
  readonly compute: SplitBytes
  readonly draft: SplitBytes
  readonly adapters: SplitBytes
  readonly process: SplitBytes
}

const mebibyte = 2 ** 20
/** Of any child process: the program with its libraries, and what it keeps to answer requests. Measured. */
const processBytes = 64 * mebibyte
/** Of llama.cpp's vocabulary and ours, and of the graphs that llama.cpp makes. Measured. */
const tokenBytes = 250
const blockBytes = 64 * 1024
const slotBytes = 1.25 * mebibyte
/** What a driver takes of the main memory and of its GPU's. Not measured by us; llama.cpp's users report 200 to 500 MB. */
const driver: SplitBytes = { main: 256 * mebibyte, device: 384 * mebibyte }

const nothing: SplitBytes = { main: 0, device: 0 }

/**
 * What a model takes that is loaded so. Main memory is what its process has resident when it has been used: weights count
 * that are mapped from a file, and so do the pages of the program itself. What does not count: the states that the
 * prompt cache keeps, which are given a part of what is left over, and files that the system keeps in memory on its own. Pure.
 */
export function sizeOf(model: ModelEntry, shape: LoadShape): SizeParts {
  const { header, load } = model
  const own = sizesOf(header, contextsOf(model, shape), shape.gpuLayers)
  const adapters = (load.adapters ?? []).reduce((sum, { tensorBytes = 0 }) => sum + tensorBytes, 0)
  const isOnGpu = shape.gpuLayers > 0
  return {
    ...own,
    draft: draftSize(model, shape),
    adapters: isOnGpu ? { main: 0, device: adapters } : { main: adapters, device: 0 },
    process: plus(isOnGpu ? driver : nothing, {
      main: processBytes + perModel(header) + (model.kind === 'chat' ? shape.slots * slotBytes : 0),
      device: 0,
    }),
  }
}

/** The sums of all parts. */
export function totalOf(parts: SizeParts): MemoryBytes {
  const { main, device } = Object.values(parts as unknown as Record<string, SplitBytes>).reduce(plus)
  return { mainBytes: Math.round(main), deviceBytes: Math.round(device) }
}

/** A context of llama.cpp that is made for a model. */
interface Context {
  readonly contextSize: number
  readonly sequences: number
  readonly batchSize: number
  readonly hasLogits: boolean
  readonly types?: ModelEntry['load']['cacheTypes']
}

/** The contexts that the model gets (open-for-chat.ts, open-for-vectors.ts). */
function contextsOf({ kind, header, load }: ModelEntry, shape: LoadShape): readonly Context[] {
  const { contextSize, slots, gpuLayers } = shape
  const types = load.cacheTypes && { types: load.cacheTypes }
  if (kind === 'chat') {
    const batchSize = fitBatchSize(header, gpuLayers > 0 ? 'gpu' : 'cpu')
    return [{ contextSize, sequences: slots, batchSize, hasLogits: true, ...types }]
  }
  const short = gpuLayers > 0 ? 0 : Math.min(shortEmbedding(header), contextSize)
  const sequences = short > 0 ? sharedEmbedding.mostInputs : 1
  const any = { contextSize, batchSize: contextSize, sequences, hasLogits: false, ...types }
  if (gpuLayers > 0) return [any]
  const lane = short > 0 ? [any, { ...any, contextSize: short, batchSize: short }] : [any]
  return Array.from({ length: fitEmbeddingContexts(shape).count }, () => lane).flat()
}

function sizesOf(header: ModelHeader, contexts: readonly Context[], gpuLayers: number) {
  return {
    weights: splitWeights(header, gpuLayers),
    cache: contexts.map((context) => splitCache(header, context, gpuLayers)).reduce(plus, nothing),
    compute: contexts.map((context) => computeBytes(header, { ...context, gpuLayers })).reduce(plus, nothing),
  }
}

function splitCache(header: ModelHeader, context: Context, gpuLayers: number): SplitBytes {
  const blocks = blockCaches(header, context)
  const sum = (bytes: readonly number[]) => bytes.reduce((total, each) => total + each, 0)
  const border = blocks.length - Math.max(0, gpuLayers - 1)
  return { main: sum(blocks.slice(0, Math.max(0, border))), device: sum(blocks.slice(Math.max(0, border))) }
}

function draftSize({ header: large, load: { draft } }: ModelEntry, shape: LoadShape): SplitBytes {
  if (!draft?.header) return nothing
  const { header, contextSize } = draft
  const wanted = draft.gpuLayers < 0 ? layersOf(header) : Math.min(draft.gpuLayers, layersOf(header))
  const gpuLayers = shape.gpuLayers > 0 ? wanted : 0
  const context: Context = {
    contextSize: contextSize === 'auto' ? shape.contextSize : Math.min(contextSize, shape.contextSize),
    sequences: shape.slots,
    batchSize: fitBatchSize(large, shape.gpuLayers > 0 ? 'gpu' : 'cpu'),
    hasLogits: true,
  }
  const { weights, cache, compute } = sizesOf(header, [context], gpuLayers)
  return [weights, cache, compute, { main: perModel(header), device: 0 }].reduce(plus)
}

const perModel = ({ vocabularySize = 0, blockCount = 0 }: ModelHeader): number =>
  vocabularySize * tokenBytes + blockCount * blockBytes

const plus = (left: SplitBytes, right: SplitBytes): SplitBytes => ({
  main: left.main + right.main,
  device: left.device + right.device,
})
