import type { LoadedModel } from '../../core/runtime.ts'
import type { AddonModel } from './addon.ts'
import { AnswerPlanner } from './answer/answer-planner.ts'
import { Generator } from './generator.ts'
import { loadDrafter } from './load-drafter.ts'
import { openContext } from './load-model.ts'
import { factsOf, type Loading, opened } from './loading.ts'
import { openPrefixes } from './prefix/open-prefixes.ts'
import { readChatTemplate } from './prompt/chat-template.ts'
import { PromptReader } from './prompt/prompt-reader.ts'
import { textCalls } from './prompt/text-calls.ts'
import { SamplerPool } from './sampling/sampler-pool.ts'
import { Speculation } from './speculation/speculation.ts'
import { readVocabulary } from './vocabulary.ts'

/** A model that generates. */
export async function openForChat(loading: Loading, model: AddonModel): Promise<LoadedModel> {
  const { addon, entry, fitted, batchSize } = loading
  const { contextSize, slots, threads } = fitted
  const vocabulary = readVocabulary(model, entry.header.vocabularySize ?? 0)
  const { chatTemplate } = entry.header
  const template = readChatTemplate({ addon, modelId: entry.id, template: chatTemplate, ...vocabulary })
  const context = await openContext({ ...loading, model, contextSize, sequences: slots, batchSize, threads })
  const draft = entry.load.draft ? await loadDrafter({ loading, draft: entry.load.draft, context }) : undefined
  const looksUp = entry.load.looksUp !== false
  const drafter = draft?.drafter
  const guesser =
    looksUp || drafter
      ? new Speculation({ looksUp, ...(drafter && { drafter }), mostGuesses: mostGuesses(vocabulary.size) })
      : undefined
  const generator = new Generator({
    samplers: new SamplerPool(addon, model),
    modelId: entry.id,
    context,
    contextSize,
    batchSize,
    slots,
    ...openPrefixes(loading, context),
    vocabulary,
    prompts: new PromptReader({ modelId: entry.id, vocabulary, template }),
    planner: new AnswerPlanner(vocabulary, { predicts: loading.predictsForcedText }),
    ...(guesser && { guesser }),
  })
  const close = async () => {
    await generator.close()
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
    render: (prompt, format, signal) => generator.render(prompt, format, signal),
  }
}

/** Guesses of one batch, whose logits may take 32 MiB; and a few in any case. */
const mostGuesses = (vocabularySize: number): number => Math.max(8, Math.floor((32 * 2 ** 20) / (4 * vocabularySize)))
