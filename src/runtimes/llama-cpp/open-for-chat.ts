import type { DraftFact, LoadedFacts } from '../../core/model.ts'
import type { LoadedModel } from '../../core/runtime.ts'
import type { AddonContext, AddonModel } from './addon.ts'
import { AnswerPlanner } from './answer/answer-planner.ts'
import { Generator } from './generator.ts'
import type { Adapters } from './load-adapters.ts'
import { openContext } from './load-model.ts'
import { factsOf, type Loading, opened } from './loading.ts'
import { openPrefixes } from './prefix/open-prefixes.ts'
import { readChatTemplate } from './prompt/chat-template.ts'
import { PromptReader } from './prompt/prompt-reader.ts'
import { textCalls } from './prompt/text-calls.ts'
import { SamplerPool } from './sampling/sampler-pool.ts'
import { openSpeculation } from './speculation/open-speculation.ts'
import { readVocabulary } from './vocabulary.ts'

/** A model that generates. */
export async function openForChat(loading: Loading, model: AddonModel, adapters: Adapters): Promise<LoadedModel> {
  const { addon, entry, fitted, batchSize } = loading
  const { contextSize, slots } = fitted
  const vocabulary = readVocabulary(model, entry.header.vocabularySize ?? 0)
  const template = readChatTemplate({ addon, modelId: entry.id, template: entry.header.chatTemplate, ...vocabulary })
  const context = await openChatContext(loading, model, adapters)
  const live = liveFacts(loading)
  const speculation = { loading, context, vocabularySize: vocabulary.size, onDraft: live.onDraft }
  const guessing = await openSpeculation(speculation).catch(async (error: unknown) => {
    await context.dispose()
    throw error
  })
  const generator = new Generator({
    samplers: new SamplerPool(addon, model),
    modelId: entry.id,
    context,
    contextSize,
    batchSize,
    slots,
    ...openPrefixes(loading, context, live.onStates),
    vocabulary,
    prompts: new PromptReader({ modelId: entry.id, vocabulary, template }),
    planner: new AnswerPlanner(vocabulary, { predicts: loading.predictsForcedText }),
    ...(guessing.guesser && { guesser: guessing.guesser }),
  })
  const close = async () => {
    await generator.close()
    await guessing.close()
    await context.dispose()
    await model.dispose()
  }
  live.complete(template.problem, guessing.draft)
  return {
    ...opened(entry, live.facts, close),
    get facts() {
      return live.facts
    },
    ...textCalls(vocabulary, (work) => generator.betweenBatches(work)),
    generate: (request, signal) => generator.generate(request, signal),
    render: (prompt, format, signal) => generator.render(prompt, format, signal),
  }
}

async function openChatContext(loading: Loading, model: AddonModel, adapters: Adapters): Promise<AddonContext> {
  const { entry, fitted, batchSize } = loading
  const { contextSize, slots: sequences, threads } = fitted
  const { cacheTypes } = entry.load
  const request = { ...loading, model, contextSize, sequences, batchSize, threads, ...(cacheTypes && { cacheTypes }) }
  const context = loading.accelerate(await openContext(request), threads)
  adapters.apply(context)
  return context
}

/** Facts that follow what happens to the draft model and to the states of prompts. */
function liveFacts(loading: Loading) {
  const change = (changed: Partial<LoadedFacts>) => {
    live.facts = { ...live.facts, ...changed }
    loading.call.onFacts?.(live.facts)
  }
  const live = {
    facts: factsOf(loading),
    onDraft: (draft: DraftFact) => change({ draft }),
    onStates: (stateBytes: number) => change({ stateBytes }),
    /** `problem` is why the model cannot chat. */
    complete(problem: string | undefined, draft: DraftFact | undefined) {
      const notes = problem === undefined ? live.facts.notes : [...live.facts.notes, `it cannot chat: ${problem}`]
      live.facts = { ...live.facts, notes, ...(draft && { draft }) }
    },
  }
  return live
}
