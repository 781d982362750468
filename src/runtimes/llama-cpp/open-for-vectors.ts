import type { LoadedModel } from '../../core/runtime.ts'
import type { AddonContext, AddonModel } from './addon.ts'
import { fitEmbeddingContexts, loneEmbedding, sharedEmbedding, shortEmbedding } from './batch-sizes.ts'
import type { Adapters } from './load-adapters.ts'
import { openContext } from './load-model.ts'
import { factsOf, type Loading, opened } from './loading.ts'
import { textCalls } from './prompt/text-calls.ts'
import { Embedder } from './vectors/embedder.ts'
import { watchMachine } from './vectors/idle-machine.ts'
import { decodeAlone } from './vectors/lone-decodes.ts'
import { Reranker } from './vectors/reranker.ts'
import { type LoneDecodes, type SharedDecodes, VectorContexts, type VectorLane } from './vectors/vector-contexts.ts'
import { readVocabulary } from './vocabulary.ts'

/** A model that embeds, or one that ranks. */
export async function openForVectors(loading: Loading, model: AddonModel, adapters: Adapters): Promise<LoadedModel> {
  const { entry, fitted } = loading
  const { contextSize } = fitted
  const { lanes, shared, lone, contexts: opening } = await openLanes(loading, model)
  for (const context of opening) adapters.apply(context)
  const contexts = new VectorContexts(lanes, { shared, lone })
  const vocabulary = readVocabulary(model, entry.header.vocabularySize ?? 0)
  const close = async () => {
    await Promise.all(opening.map((context) => context.dispose()))
    await model.dispose()
  }
  const calls = textCalls(vocabulary, async (work) => work())
  if (entry.kind === 'reranker') {
    const reranker = new Reranker({ contexts, contextSize, vocabulary, template: entry.header.rerankTemplate })
    return {
      ...opened(entry, factsOf(loading), close),
      ...calls,
      rerank: (call, signal) => reranker.rerank(call, signal),
    }
  }
  const embedder = new Embedder({ contexts, contextSize, vocabulary })
  return {
    ...opened(entry, { ...factsOf(loading), embeddingSize: model.getEmbeddingVectorSize() }, close),
    ...calls,
    embed: (inputs, options, signal) => embedder.embed(inputs, options, signal),
  }
}

/** What opens a context: all that `openContext` takes. */
type Opening = Parameters<typeof openContext>[0]

/** Contexts that compute, in lanes, and all of them, to be disposed of. */
interface OpenLanes {
  readonly lanes: readonly VectorLane[]
  readonly shared?: SharedDecodes | undefined
  readonly lone?: LoneDecodes | undefined
  readonly contexts: readonly AddonContext[]
}

async function openLanes(loading: Loading, model: AddonModel): Promise<OpenLanes> {
  const { entry, fitted, device, vectors } = loading
  const { contextSize, threads } = fitted
  // A GPU is kept busy by one context.
  const { count, threadsEach } = device === 'cpu' ? fitEmbeddingContexts(fitted) : { count: 1, threadsEach: threads }
  const mostTokens = device === 'cpu' ? Math.min(shortEmbedding(entry.header), contextSize) : 0
  const opening: Opening = {
    ...loading,
    model,
    contextSize,
    sequences: 1,
    batchSize: contextSize,
    threads: threadsEach,
    embeddings: true,
    ranking: entry.kind === 'reranker',
    ...(entry.load.cacheTypes && { cacheTypes: entry.load.cacheTypes }),
  }
  const lone = device === 'cpu' ? loneDecodes(loading, threadsEach) : undefined
  const shared = vectors && mostTokens > 0 ? { ...sharedEmbedding, read: vectors } : undefined
  const each = shared ? { ...opening, sequences: shared.mostInputs } : opening
  const contexts = await openAll(Array.from({ length: count }, () => laneOpenings(each, mostTokens)).flat())
  return { lanes: lanesOf(contexts, mostTokens), shared, lone, contexts }
}

/** What a lone input is decoded with: nothing of its own where the libraries cannot, or where a context has all threads. */
function loneDecodes({ fitted: { threads }, decodeOn }: Loading, threadsEach: number): LoneDecodes | undefined {
  const chosen = loneEmbedding({ threads, threadsEach })
  if (!decodeOn || !chosen) return undefined
  return decodeAlone({
    mostTokens: chosen.mostTokens,
    isIdle: watchMachine(),
    decodeOn: (context, milliseconds) => decodeOn(context, chosen.threads, milliseconds),
  })
}

/** What opens the contexts of one lane: that for any input, and one for short decodes where they have their own. */
function laneOpenings(any: Opening, mostTokens: number): readonly Opening[] {
  if (mostTokens === 0) return [any]
  const { batchSize: mostAtOnce, sequences } = any
  const { cacheTypes: _, ...withoutTypes } = any
  // llama.cpp reserves memory for a decode of all sequences, each with as many tokens.
  const padded = (tokens: number) => Math.ceil(tokens / sequences) * sequences
  const batchSize = padded(sequences > 1 ? Math.max(mostAtOnce, sharedEmbedding.mostTokens) : mostAtOnce)
  return [
    { ...any, batchSize },
    // Such models have no cache, and a type for it would only be refused without flash attention.
    { ...withoutTypes, contextSize: mostTokens, batchSize: padded(mostTokens), flashAttention: false },
  ]
}

function lanesOf(contexts: readonly AddonContext[], mostTokens: number): readonly VectorLane[] {
  if (mostTokens === 0) return contexts.map((any) => ({ any }))
  const lanes: VectorLane[] = []
  for (let index = 0; index + 1 < contexts.length; index += 2) {
    const [any, short] = contexts.slice(index, index + 2)
    if (any && short) lanes.push({ any, short: { context: short, mostTokens } })
  }
  return lanes
}

/** All of them, also when one fails: the model must not be disposed of while a context is still being made for it. */
async function openAll(openings: readonly Opening[]): Promise<readonly AddonContext[]> {
  const results = await Promise.allSettled(openings.map(openContext))
  const contexts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (!failed) return contexts
  await Promise.all(contexts.map((context) => context.dispose()))
  throw failed.reason
}
