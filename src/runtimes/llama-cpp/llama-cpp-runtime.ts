import { messageOf, ServerError } from '../../core/errors.ts'
import type { LoadedFacts, ModelEntry } from '../../core/model.ts'
import type { LoadCall, LoadedModel, Runtime } from '../../core/runtime.ts'
import { type Addon, type AddonModel, openAddon } from './addon.ts'
import { AnswerPlanner } from './answer/answer-planner.ts'
import { Embedder } from './embedder.ts'
import {
  cacheBytesPerToken,
  estimateBytes,
  type Fit,
  fit,
  fitBatchSize,
  fitEmbeddingContexts,
  fitGpuLayers,
  type Machine,
} from './fit.ts'
import { Generator } from './generator.ts'
import { loadDrafter } from './load-drafter.ts'
import { type ErrorLog, loadFailure, loadWeights, openContext } from './load-model.ts'
import { readChatTemplate } from './prompt/chat-template.ts'
import { PromptReader } from './prompt/prompt-reader.ts'
import { textCalls } from './prompt/text-calls.ts'
import { SamplerPool } from './sampling/sampler-pool.ts'
import { readVocabulary } from './vocabulary.ts'

export interface LlamaCppRuntimeOptions {
  /** The folder of llama-addon.node. Called at the first load, not before. */
  readonly libraryFolder: () => Promise<string>
  /** Asked anew for every decision. */
  readonly machine: () => Machine
  /** Lines of llama.cpp's own log. */
  readonly onLog: (level: 'error' | 'warn' | 'debug', message: string) => void
  /** Whether text that a format leaves no choice about is taken without sampling. Off only to measure what it brings. */
  readonly predictsForcedText?: boolean
}

/**
 * Runs GGUF models through node-llama-cpp's addon. Native code can end the whole process: outside of tests this runtime
 * is loaded in a child process only. One model a process.
 */
export function createLlamaCppRuntime(options: LlamaCppRuntimeOptions): Runtime {
  return {
    name: 'llama-cpp',
    accepts: (entry) => entry.format === 'gguf',
    estimateBytes: (entry) => estimateBytes(entry, options.machine()),
    async load(entry, call) {
      const errors = collectErrors()
      const addon = await openOrRefuse(entry, options, errors)
      if (!addon.getIsArchSupported(entry.header.architecture))
        throw loadFailure(
          entry,
          `this build of llama.cpp does not know the architecture '${entry.header.architecture}'`,
        )
      try {
        const { predictsForcedText = true } = options
        return await open({
          addon,
          errors,
          entry,
          call,
          predictsForcedText,
          ...decide(addon, entry, options.machine()),
        })
      } catch (error) {
        if (error instanceof ServerError || call.signal.aborted) throw error
        throw loadFailure(entry, messageOf(error))
      }
    },
  }
}

async function open(loading: Loading): Promise<LoadedModel> {
  const { entry } = loading
  const model = await loadWeights({ ...loading, path: entry.path })
  try {
    return entry.kind === 'embedding' ? await openForEmbedding(loading, model) : await openForChat(loading, model)
  } catch (error) {
    await model.dispose()
    throw error
  }
}

/** Everything that is known once the machine was looked at. */
export interface Loading {
  readonly addon: Addon
  readonly errors: ErrorLog
  readonly entry: ModelEntry
  readonly call: LoadCall
  readonly predictsForcedText: boolean
  readonly fitted: Fit
  readonly device: string
  readonly gpuLayers: number
  readonly batchSize: number
}

function decide(
  addon: Addon,
  entry: ModelEntry,
  machine: Machine,
): Pick<Loading, 'fitted' | 'device' | 'gpuLayers' | 'batchSize'> {
  const device = addon.getGpuType() || 'cpu'
  const vram = device === 'cpu' ? undefined : addon.getGpuVramInfo()
  const freeBytes = vram ? vram.total - vram.used : 0
  const isAllOnGpu = entry.load.gpuLayers !== 0 && freeBytes > entry.header.tensorBytes * 1.2
  const cores = Math.min(machine.cores, addon.getMathCores() || machine.cores)
  const fitted = fit(entry, { cores, memoryBytes: isAllOnGpu ? freeBytes : machine.memoryBytes })
  const cacheBytes = fitted.contextSize * fitted.slots * cacheBytesPerToken(entry.header)
  const gpuLayers = vram ? fitGpuLayers(entry.header, entry.load.gpuLayers, { freeBytes, cacheBytes }) : 0
  return { fitted, device, gpuLayers, batchSize: fitBatchSize(entry.header, gpuLayers > 0 ? device : 'cpu') }
}

async function openForChat(loading: Loading, model: AddonModel): Promise<LoadedModel> {
  const { addon, entry, fitted, batchSize } = loading
  const { contextSize, slots, threads } = fitted
  const vocabulary = readVocabulary(model, entry.header.vocabularySize ?? 0)
  const { chatTemplate } = entry.header
  const template = readChatTemplate({ addon, modelId: entry.id, template: chatTemplate, ...vocabulary })
  const context = await openContext({ ...loading, model, contextSize, sequences: slots, batchSize, threads })
  const draft = entry.load.draft ? await loadDrafter({ loading, draft: entry.load.draft, context }) : undefined
  const generator = new Generator({
    samplers: new SamplerPool(addon, model),
    modelId: entry.id,
    context,
    contextSize,
    batchSize,
    slots,
    vocabulary,
    prompts: new PromptReader({ modelId: entry.id, vocabulary, template }),
    planner: new AnswerPlanner(vocabulary, { predicts: loading.predictsForcedText }),
    ...(draft?.drafter && { drafter: draft.drafter }),
  })
  const close = async () => {
    await draft?.close()
    await context.dispose()
    await model.dispose()
  }
  const notes = template.problem === undefined ? fitted.notes : [...fitted.notes, `it cannot chat: ${template.problem}`]
  const facts = { ...factsOf(loading), notes, ...(draft && { draft: draft.fact }) }
  return {
    ...opened(entry, facts, close),
    ...textCalls(vocabulary, (work) => generator.betweenBatches(work)),
    generate: (request, signal) => generator.generate(request, signal),
    render: (prompt, format) => generator.render(prompt, format),
  }
}

async function openForEmbedding(loading: Loading, model: AddonModel): Promise<LoadedModel> {
  const { entry, fitted, device } = loading
  const { contextSize, threads } = fitted
  // A GPU is kept busy by one context.
  const { count, threadsEach } = device === 'cpu' ? fitEmbeddingContexts(fitted) : { count: 1, threadsEach: threads }
  const request = {
    ...loading,
    model,
    contextSize,
    sequences: 1,
    batchSize: contextSize,
    threads: threadsEach,
    embeddings: true,
  }
  // All of them, also when one fails: the model must not be disposed of while a context is still being made for it.
  const results = await Promise.allSettled(Array.from({ length: count }, () => openContext(request)))
  const contexts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) {
    await Promise.all(contexts.map((context) => context.dispose()))
    throw failed.reason
  }
  const vocabulary = readVocabulary(model, entry.header.vocabularySize ?? 0)
  const embedder = new Embedder({ contexts, contextSize, vocabulary })
  const close = async () => {
    await Promise.all(contexts.map((context) => context.dispose()))
    await model.dispose()
  }
  const facts = { ...factsOf(loading), embeddingSize: model.getEmbeddingVectorSize() }
  return {
    ...opened(entry, facts, close),
    ...textCalls(vocabulary, async (work) => work()),
    embed: (inputs, options, signal) => embedder.embed(inputs, options, signal),
  }
}

const factsOf = ({ fitted, gpuLayers, device }: Loading): LoadedFacts => ({
  contextSize: fitted.contextSize,
  slots: fitted.slots,
  threads: fitted.threads,
  gpuLayers,
  device: gpuLayers > 0 ? device : 'cpu',
  notes: fitted.notes,
})

/** Nothing in this process notices that native code died: the process is gone then, and the one that started it knows. */
function opened(
  model: ModelEntry,
  facts: LoadedFacts,
  close: () => Promise<void>,
): Omit<LoadedModel, 'tokenize' | 'detokenize'> {
  const closed = Promise.withResolvers<undefined>()
  return {
    model,
    facts,
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      await close()
      closed.resolve(undefined)
    },
  }
}

async function openOrRefuse(
  entry: ModelEntry,
  options: LlamaCppRuntimeOptions,
  errors: CollectedErrors,
): Promise<Addon> {
  try {
    return await openAddon(await options.libraryFolder(), (level, message) => {
      if (level === 'error') errors.add(message)
      options.onLog(level, message)
    })
  } catch (error) {
    if (error instanceof ServerError) throw error
    const problem = messageOf(error)
    throw loadFailure(entry, `the native libraries do not work here: ${problem}`)
  }
}

interface CollectedErrors extends ErrorLog {
  add(message: string): void
}

function collectErrors(): CollectedErrors {
  let first: string | undefined
  return {
    // The first complaint names the cause; those after it say only who gave up.
    add: (message) => {
      first ??= message.trim()
    },
    last: () => first,
    clear: () => {
      first = undefined
    },
  }
}
