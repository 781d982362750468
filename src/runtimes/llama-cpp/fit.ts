import type { MemoryEstimate } from '../../core/memory.ts'
import type { LoadOptions, ModelEntry, ModelHeader } from '../../core/model.ts'

/** What the machine has to give. */
export interface Machine {
  /** Cores that this process may really use. */
  readonly cores: number
  /** Bytes of main memory that can be had without swapping. */
  readonly memoryBytes: number
}

/** How a model will be loaded: every `auto` decided. */
export interface Fit {
  readonly contextSize: number
  readonly slots: number
  readonly threads: number
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
}

const preferredSlots = 4
/** Below this many tokens a request each, fewer slots are better than more. */
const comfortableContext = 32_768
/** An embedding is one batch, so every context has buffers for its longest input; all together hold so many tokens. */
const embeddingTokens = 16_384
const longestEmbedding = 8192
/** Requests for vectors that a model takes at once: they need no cache of their own, and short ones share a decode. */
const vectorSlots = 16
/** Left for the rest of the system, and for the compute buffers. */
const reserveBytes = 768 * 2 ** 20
const shareForCache = 0.6

/** Bytes that one token takes in the key-value cache, in F16. 0 where the header does not tell. */
export function cacheBytesPerToken(header: ModelHeader): number {
  const heads = header.headCountKeyValue ?? header.headCount ?? 0
  const size = header.headCount && header.embeddingSize ? header.embeddingSize / header.headCount : 0
  const perHead = (header.keyLength ?? size) + (header.valueLength ?? size)
  return (header.blockCount ?? 0) * heads * perHead * 2
}

/** Decides context, slots and threads from the header and the machine. Pure; llama.cpp may still refuse it. */
export function fit(model: ModelEntry, machine: Machine): Fit {
  const notes: string[] = []
  const threads = fitThreads(model.load.threads, machine.cores, notes)
  const slots = model.load.slots === 'auto' ? fitSlots(model, machine) : model.load.slots
  const contextSize = fitContext(model, machine, cacheSlots(model, { slots }), notes)
  return { contextSize, slots, threads, notes }
}

/** What the model takes when it is loaded like this: weights, cache and buffers. */
export function estimate(model: ModelEntry, machine: Machine): MemoryEstimate {
  const { contextSize, slots, notes } = fit(model, machine)
  const parts = {
    weightsBytes: model.header.tensorBytes,
    cacheBytes: contextSize * cacheSlots(model, { slots }) * cacheBytesPerToken(model.header),
    computeBytes: computeBytes(model),
    draftBytes: model.load.draft ? reserveBytes / 4 : 0,
    adapterBytes: 0,
    processBytes: 0,
  }
  const mainBytes = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
  return { ...parts, mainBytes, deviceBytes: 0, contextSize, slots, gpuLayers: 0, notes }
}

/** Slots that have a cache each: those of a model that makes vectors only wait for its contexts. Pure. */
export const cacheSlots = ({ kind }: Pick<ModelEntry, 'kind'>, { slots }: Pick<Fit, 'slots'>): number =>
  kind === 'chat' ? slots : Math.min(slots, preferredSlots)

/** Rough: activations of one batch, its logits, and what a process takes anyway. */
const computeBytes = ({ kind, header }: ModelEntry) =>
  96 * 2 ** 20 +
  512 * 4 * (header.vocabularySize ?? 0) +
  (kind !== 'chat' ? embeddingTokens : 512) * 4 * 16 * (header.embeddingSize ?? 0)

function fitThreads(wanted: LoadOptions['threads'], cores: number, notes: string[]): number {
  if (wanted === 'auto') return cores
  if (wanted <= cores) return wanted
  // ggml's threads spin at barriers: one more than there are cores makes a token take seconds.
  notes.push(`threads lowered from ${wanted} to ${cores}: this process may use no more cores`)
  return cores
}

const cacheBudget = (model: ModelEntry, machine: Machine) =>
  Math.max(0, (machine.memoryBytes - model.header.tensorBytes - reserveBytes) * shareForCache)

function fitSlots(model: ModelEntry, machine: Machine): number {
  if (model.kind !== 'chat') return vectorSlots
  const perToken = cacheBytesPerToken(model.header)
  if (perToken === 0) return preferredSlots
  const trained = model.header.trainedContextSize ?? comfortableContext
  const wanted = model.load.contextSize === 'auto' ? Math.min(trained, comfortableContext) : model.load.contextSize
  const possible = Math.floor(cacheBudget(model, machine) / (perToken * wanted))
  return Math.min(preferredSlots, Math.max(1, possible))
}

function fitContext(model: ModelEntry, machine: Machine, slots: number, notes: string[]): number {
  const trained = model.header.trainedContextSize
  const wanted = model.load.contextSize
  if (wanted !== 'auto') {
    if (trained === undefined || wanted <= trained) return wanted
    // The positions of an embedding model are a table: there is nothing beyond its end.
    if (model.kind !== 'chat') return trained
    notes.push(`n_ctx ${wanted} is more than the ${trained} tokens that the model was trained for`)
    return wanted
  }
  const perToken = cacheBytesPerToken(model.header)
  const most = Math.min(trained ?? 4096, model.kind !== 'chat' ? longestEmbedding : Number.POSITIVE_INFINITY)
  if (perToken === 0) return most
  const affordable = Math.floor(cacheBudget(model, machine) / (perToken * slots) / 256) * 256
  const chosen = Math.max(512, Math.min(most, affordable))
  if (chosen < (trained ?? most))
    notes.push(`n_ctx is ${chosen} of the trained ${trained ?? most} tokens: that is what fits in memory`)
  return chosen
}

/** Layers to put on a GPU: all, where weights and cache fit into its free memory; else as many as do. Pure. */
export function fitGpuLayers(
  header: ModelHeader,
  wanted: number,
  gpu: { freeBytes: number; cacheBytes: number },
): number {
  const layers = (header.blockCount ?? 0) + 1 // the output counts as one more
  if (wanted >= 0) return Math.min(wanted, layers)
  const usable = gpu.freeBytes - reserveBytes / 2
  const perLayer = (header.tensorBytes + gpu.cacheBytes) / layers
  return Math.max(0, Math.min(layers, Math.floor(usable / perLayer)))
}

/**
 * Tokens in one batch. A batch cannot be interrupted, so on a CPU a large model gets small ones: a client that leaves
 * is noticed, and others go on, in less than a second or so. Depends on nothing that changes from run to run, since
 * the grouping of tokens shows in the last digits of the result.
 */
export function fitBatchSize(header: ModelHeader, device: string): number {
  if (device !== 'cpu') return 512
  const gigabytes = header.tensorBytes / 1e9
  if (gigabytes < 1) return 512
  return gigabytes < 3 ? 256 : gigabytes < 8 ? 128 : 64
}

/**
 * Contexts of an embedding model on a CPU, and threads of each: as many contexts as threads, one thread each, as long as
 * their buffers together stay small. Long contexts get fewer of them and more threads. Pure.
 */
export function fitEmbeddingContexts({ threads, contextSize }: Pick<Fit, 'threads' | 'contextSize'>) {
  const count = Math.min(threads, Math.max(1, Math.floor(embeddingTokens / contextSize)))
  return { count, threadsEach: Math.max(1, Math.floor(threads / count)) }
}

/**
 * Tokens up to which a text is embedded without flash attention on a CPU; 0: none. ggml's kernel takes fewer than 64 rows
 * one by one, for which plain products are up to twice as fast; from 64 on it is the faster one. Known of models that
 * read a text at once, without a cache: those of BERT's family. Pure.
 */
export const shortEmbedding = ({ architecture }: Pick<ModelHeader, 'architecture'>): number =>
  architecture.includes('bert') ? 63 : 0

/**
 * How short texts share a decode on a CPU: where there are so many that it has 64 tokens, from where on ggml's flash
 * attention is the faster one. All tokens of a decode are set against all others, in tiles of 64, and most of that is thrown
 * away, so that more than two tiles would be slower.
 */
export const sharedEmbedding = { mostInputs: 16, fullTokens: 64, mostTokens: 128 }

/**
 * How a text is embedded on a CPU while nothing else is computed on the machine: the threads of its decode, and tokens up to
 * which it is done so, since the process hears nothing meanwhile. Measured with 2 threads; more than 4 are not taken, since a
 * small model has little for each. Nothing where its context has all threads anyway. Pure.
 */
export function loneEmbedding({ threads, threadsEach }: { readonly threads: number; readonly threadsEach: number }) {
  const chosen = Math.min(threads, 4)
  return chosen > threadsEach ? { threads: chosen, mostTokens: 512 } : undefined
}
