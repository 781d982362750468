import type { LoadedModel } from '../../core/runtime.ts'
import type { AddonContext, AddonModel } from './addon.ts'
import { fitEmbeddingContexts, shortEmbedding } from './fit.ts'
import { openContext } from './load-model.ts'
import { factsOf, type Loading, opened } from './loading.ts'
import { textCalls } from './prompt/text-calls.ts'
import { Embedder } from './vectors/embedder.ts'
import { Reranker } from './vectors/reranker.ts'
import { VectorContexts, type VectorLane } from './vectors/vector-contexts.ts'
import { readVocabulary } from './vocabulary.ts'

/** A model that embeds, or one that ranks. */
export async function openForVectors(loading: Loading, model: AddonModel): Promise<LoadedModel> {
  const { entry, fitted } = loading
  const { contextSize } = fitted
  const { lanes, contexts: opening } = await openLanes(loading, model)
  const contexts = new VectorContexts(lanes)
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
  readonly contexts: readonly AddonContext[]
}

async function openLanes(loading: Loading, model: AddonModel): Promise<OpenLanes> {
  const { entry, fitted, device } = loading
  const { contextSize, threads } = fitted
  // A GPU is kept busy by one context.
  const { count, threadsEach } = device === 'cpu' ? fitEmbeddingContexts(fitted) : { count: 1, threadsEach: threads }
  const any: Opening = {
    ...loading,
    model,
    contextSize,
    sequences: 1,
    batchSize: contextSize,
    threads: threadsEach,
    embeddings: true,
    ranking: entry.kind === 'reranker',
  }
  const mostTokens = device === 'cpu' ? shortEmbedding(entry.header) : 0
  const size = Math.min(mostTokens, contextSize)
  const short: Opening = { ...any, contextSize: size, batchSize: size, flashAttention: false }
  const contexts = await openAll([...Array(count).fill(any), ...Array(size > 0 ? count : 0).fill(short)])
  const lanes = contexts.slice(0, count).map((context, index) => {
    const forShort = contexts[count + index]
    return { any: context, ...(forShort && { short: { context: forShort, mostTokens: size } }) }
  })
  return { lanes, contexts }
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
