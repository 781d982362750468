import type { MemoryBytes, MemoryEstimate } from '../../core/memory.ts'
import type { LoadOptions, ModelEntry } from '../../core/model.ts'
import { type LoadShape, sizeOf, totalOf } from './memory/size-of.ts'
import { layersOf } from './memory/weights.ts'

/** What the machine has to give. */
export interface Machine {
  /** Cores that this process may really use. */
  readonly cores: number
  /** Bytes of main memory that can be had without swapping. */
  readonly memoryBytes: number
  /** Bytes of the memory of the GPU that can be had. Absent: there is no GPU, or nobody knows of one. */
  readonly deviceBytes?: number
}

/** How a model will be loaded: every `auto` decided. */
export interface Fit extends LoadShape {
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
}

const preferredSlots = 4
/** Below this many tokens a request each, fewer slots are better than more. */
const comfortableContext = 32_768
/** What a model must have room for to be of use, where nobody asks for more. llama.cpp's `--fit-ctx` is as much. */
const usefulContext = 4096
/** Most texts that are embedded are shorter; each token more takes a row of logits as long as the vocabulary. */
const usefulEmbedding = 512
/** What is tried where not even that fits. */
const smallestContext = 512
const longestEmbedding = 8192
/** Requests for vectors that a model takes at once: they need no cache of their own, and short ones share a decode. */
const vectorSlots = 16
/** Left for the rest of the system when a model grows into the memory, and how much of what is left then it takes. */
const reserveBytes = 768 * 2 ** 20
const shareForCache = 0.6
/** llama.cpp rounds contexts up to so many tokens. */
const contextStep = 256

/** The memory without which it makes no sense to load the model, with the layers on the GPU that fit there. Pure. */
export function least(model: ModelEntry, machine: Machine): MemoryBytes {
  const shape = leastShape(model, fitThreads(model.load.threads, machine.cores))
  return totalOf(sizeOf(model, withLayers(model, shape, machine)))
}

/** What the model takes when it is loaded as `fit` decides. Pure. */
export function estimate(model: ModelEntry, machine: Machine): MemoryEstimate {
  const { notes, ...shape } = fit(model, machine)
  const parts = sizeOf(model, shape)
  const both = ({ main, device }: { main: number; device: number }) => Math.round(main + device)
  const { contextSize, slots, gpuLayers } = shape
  return {
    ...totalOf(parts),
    weightsBytes: both(parts.weights),
    cacheBytes: both(parts.cache),
    computeBytes: both(parts.compute),
    draftBytes: both(parts.draft),
    adapterBytes: both(parts.adapters),
    processBytes: both(parts.process),
    ...{ contextSize, slots, gpuLayers, notes },
  }
}

/**
 * Decides context, slots, layers and threads from the header and the machine. What the entry leaves open grows into the
 * memory, and leaves some of it: two fifths of what is over, so that a second model has room. Pure; llama.cpp may still
 * refuse it.
 */
export function fit(model: ModelEntry, machine: Machine): Fit {
  const threads = fitThreads(model.load.threads, machine.cores)
  const smallest = withLayers(model, leastShape(model, threads), machine)
  const { gpuLayers } = smallest
  const budget = budgetOf(model, smallest, machine)
  const holds = (size: Pick<LoadShape, 'contextSize' | 'slots'>) =>
    isWithin(totalOf(sizeOf(model, { ...size, threads, gpuLayers })), budget)
  const slots = fitSlots(model, holds)
  const contextSize = fitContext(model, (tokens) => holds({ contextSize: tokens, slots }))
  const shape = { contextSize, slots, threads, gpuLayers }
  return { ...shape, notes: notesOn(model, machine, shape) }
}

/** The least that is of use: one slot, and a context that a conversation fits into, unless the entry asks for more. */
function leastShape({ kind, load, header }: ModelEntry, threads: number): Omit<LoadShape, 'gpuLayers'> {
  const most = mostContext({ kind, header })
  const useful = kind === 'chat' ? usefulContext : usefulEmbedding
  return {
    contextSize: load.contextSize === 'auto' ? Math.min(most, useful) : askedContext({ kind, header, load }),
    slots: load.slots !== 'auto' ? load.slots : kind === 'chat' ? 1 : vectorSlots,
    threads,
  }
}

/** Adds the layers that go on the GPU: all that were asked for, or as many as fit. */
function withLayers(model: ModelEntry, shape: Omit<LoadShape, 'gpuLayers'>, { deviceBytes = 0 }: Machine): LoadShape {
  const layers = layersOf(model.header)
  const wanted = model.load.gpuLayers
  if (deviceBytes <= 0 || wanted === 0) return { ...shape, gpuLayers: 0 }
  if (wanted > 0) return { ...shape, gpuLayers: Math.min(wanted, layers) }
  const fits = (gpuLayers: number) => totalOf(sizeOf(model, { ...shape, gpuLayers })).deviceBytes <= deviceBytes
  return { ...shape, gpuLayers: largest(0, layers, fits) }
}

/** What it may grow to, of each kind of memory. */
function budgetOf(model: ModelEntry, smallest: LoadShape, machine: Machine): MemoryBytes {
  const parts = sizeOf(model, smallest)
  const base = totalOf(parts)
  const grown = (room: number, total: number, cache: number) => {
    if (total > room) return room
    const others = total - cache
    return Math.max(total, others + (room - others - reserveBytes) * shareForCache)
  }
  return {
    mainBytes: grown(machine.memoryBytes, base.mainBytes, parts.cache.main),
    deviceBytes: grown(machine.deviceBytes ?? 0, base.deviceBytes, parts.cache.device),
  }
}

const isWithin = (need: MemoryBytes, budget: MemoryBytes) =>
  need.mainBytes <= budget.mainBytes && need.deviceBytes <= budget.deviceBytes

function fitThreads(wanted: LoadOptions['threads'], cores: number): number {
  // ggml's threads spin at barriers: one more than there are cores makes a token take seconds.
  return wanted === 'auto' ? cores : Math.min(wanted, cores)
}

function fitSlots(
  { kind, load, header }: ModelEntry,
  holds: (size: Pick<LoadShape, 'contextSize' | 'slots'>) => boolean,
): number {
  if (load.slots !== 'auto') return load.slots
  if (kind !== 'chat') return vectorSlots
  const contextSize =
    load.contextSize === 'auto'
      ? Math.min(header.trainedContextSize ?? comfortableContext, comfortableContext)
      : load.contextSize
  return Math.max(
    1,
    largest(0, preferredSlots, (slots) => holds({ contextSize, slots })),
  )
}

function fitContext({ kind, load, header }: ModelEntry, holds: (contextSize: number) => boolean): number {
  if (load.contextSize !== 'auto') return askedContext({ kind, header, load })
  const most = mostContext({ kind, header })
  if (holds(most)) return most
  const steps = largest(0, Math.floor(most / contextStep), (count) => holds(count * contextStep))
  return Math.min(most, Math.max(smallestContext, steps * contextStep))
}

const mostContext = ({ kind, header: { trainedContextSize = 4096 } }: Pick<ModelEntry, 'kind' | 'header'>): number =>
  kind === 'chat' ? trainedContextSize : Math.min(trainedContextSize, longestEmbedding)

function askedContext({ kind, load, header }: Pick<ModelEntry, 'kind' | 'load' | 'header'>): number {
  const wanted = load.contextSize === 'auto' ? usefulContext : load.contextSize
  // The positions of an embedding model are a table: there is nothing beyond its end.
  return kind === 'chat' ? wanted : Math.min(wanted, header.trainedContextSize ?? wanted)
}

/** The largest number from `from` to `to` that fits; `from` where none does. What is larger never fits where less does not. */
function largest(from: number, to: number, fits: (number: number) => boolean): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function notesOn(model: ModelEntry, machine: Machine, shape: LoadShape): string[] {
  const { load, header, kind } = model
  const { contextSize, slots, threads, gpuLayers } = shape
  const notes: string[] = []
  if (load.threads !== 'auto' && threads < load.threads)
    notes.push(`threads lowered from ${load.threads} to ${threads}: this process may use no more cores`)
  const trained = header.trainedContextSize
  const most = mostContext(model)
  if (load.contextSize === 'auto' && contextSize < (trained ?? most))
    notes.push(`n_ctx is ${contextSize} of the trained ${trained ?? most} tokens: that is what fits in memory`)
  if (load.contextSize !== 'auto' && kind === 'chat' && trained !== undefined && contextSize > trained)
    notes.push(`n_ctx ${contextSize} is more than the ${trained} tokens that the model was trained for`)
  if (load.slots === 'auto' && kind === 'chat' && slots < preferredSlots)
    notes.push(`slots is ${slots}, not ${preferredSlots}: more would not fit in memory with as much context`)
  const layers = layersOf(header)
  if (load.gpuLayers !== 0 && (machine.deviceBytes ?? 0) > 0 && gpuLayers < layers && load.gpuLayers < 0)
    notes.push(`n_gpu_layers is ${gpuLayers} of ${layers}: that is what fits in the memory of the GPU`)
  if (load.gpuLayers > 0 && gpuLayers === 0)
    notes.push(`n_gpu_layers ${load.gpuLayers} changes nothing: there is no GPU that could be used`)
  if (load.draft && !load.draft.header) notes.push('the draft model is not in the estimate: its file was not read')
  return notes
}
