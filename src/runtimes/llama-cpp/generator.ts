import { messageOf, ServerError } from '../../core/errors.ts'
import { EventQueue } from '../../core/event-queue.ts'
import type {
  GenerationEvent,
  GenerationRequest,
  MessagesPrompt,
  OutputFormat,
  Prompt,
  RenderedPrompt,
} from '../../core/generation.ts'
import type { AddonContext } from './addon.ts'
import { BatchLoop } from './batch-loop.ts'
import type { ChatTemplate } from './chat-template.ts'
import type { Drafter } from './drafter.ts'
import { demandKnownTokens } from './known-tokens.ts'
import { Run } from './run.ts'
import type { SamplerPool } from './sampler-pool.ts'
import { chooseSlot, makeSlots, type Slot } from './slot.ts'
import type { Vocabulary } from './vocabulary.ts'

interface GeneratorOptions {
  readonly samplers: SamplerPool
  readonly modelId: string
  readonly context: AddonContext
  /** Tokens of one request. */
  readonly contextSize: number
  readonly batchSize: number
  readonly slots: number
  readonly vocabulary: Vocabulary
  readonly template: ChatTemplate
  readonly drafter?: Drafter
}

/** Generates text in the slots of one llama.cpp context. */
export class Generator {
  readonly #options: GeneratorOptions
  readonly #slots: readonly Slot[]
  readonly #loop: BatchLoop
  readonly #waiting: (() => void)[] = []
  #uses = 0

  constructor(options: GeneratorOptions) {
    this.#options = options
    this.#slots = makeSlots(options.slots)
    const { context, batchSize, drafter } = options
    this.#loop = new BatchLoop({
      context,
      batchSize,
      ...(drafter && { drafter }),
      onFree: () => this.#waiting.shift()?.(),
    })
  }

  /** As `LoadedModel.generate`. */
  async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    const startedAt = performance.now()
    const prompt = await this.betweenBatches(() => this.#read(request.prompt))
    const slot = await this.#freeSlot(prompt)
    if (signal.aborted) {
      this.#giveBack(slot)
      yield abortedEnd(prompt.length)
      return
    }
    const { samplers, contextSize, vocabulary } = this.#options
    const sampler = samplers.take(request.sampling)
    const queue = new EventQueue<GenerationEvent>((event) => event.type === 'generation-end')
    const run = new Run({
      slot,
      prompt,
      request,
      contextSize,
      sampler,
      onLeave: () => samplers.giveBack(sampler),
      vocabulary,
      sink: { event: (event) => queue.push(event), fail: (error) => queue.fail(this.#failure(error)) },
      startedAt,
    })
    const abort = () => {
      run.isAborted = true
    }
    signal.addEventListener('abort', abort)
    this.#loop.add(run)
    try {
      yield* queue
    } finally {
      abort()
      signal.removeEventListener('abort', abort)
    }
  }

  /** Does a short work when no decode is running, so that it slows none. */
  betweenBatches<T>(work: () => T): Promise<T> {
    return this.#loop.between(work)
  }

  /** As `LoadedModel.render`. */
  render(prompt: MessagesPrompt, _format: OutputFormat | undefined): Promise<RenderedPrompt> {
    return this.betweenBatches(() => ({
      text: this.#options.template.render(prompt.messages),
      tokens: this.#tokensOf(prompt),
    }))
  }

  /** Ids of the prompt. Throws when it is empty, too long, or holds ids that the vocabulary does not have. */
  #read(prompt: Prompt): number[] {
    const param = prompt.type === 'messages' ? 'messages' : 'prompt'
    const tokens = this.#tokensOf(prompt)
    if (tokens.length === 0)
      throw new ServerError('invalid_parameter', { param, problem: 'it is empty; send some text' })
    const limit = this.#options.contextSize
    if (tokens.length >= limit)
      throw new ServerError('context_length_exceeded', { param, limit, prompt: tokens.length })
    return tokens
  }

  #tokensOf(prompt: Prompt): number[] {
    const { vocabulary, template, modelId: model } = this.#options
    if (prompt.type === 'tokens') {
      demandKnownTokens(prompt.tokens, vocabulary.size, 'prompt')
      return [...prompt.tokens]
    }
    if (prompt.type === 'infill') {
      if (!vocabulary.infill) throw new ServerError('ability_missing', { param: 'suffix', model, ability: 'fill gaps' })
      const [prefix, suffix] = [prompt.prefix, prompt.suffix].map((text) =>
        vocabulary.tokenize(text, { readSpecialTokens: false }),
      )
      const { infill } = vocabulary
      const all = [infill.prefix, ...(prefix ?? []), infill.suffix, ...(suffix ?? []), infill.middle]
      return vocabulary.withEnds(all, { end: false })
    }
    const text = prompt.type === 'messages' ? template.render(prompt.messages) : prompt.text
    return vocabulary.withEnds(vocabulary.tokenize(text, { readSpecialTokens: true }), { end: false })
  }

  /** A request may be here a moment before the one whose slot it takes has left the batch. */
  async #freeSlot(prompt: readonly number[]): Promise<Slot> {
    for (;;) {
      const slot = chooseSlot(this.#slots, prompt)
      if (slot) {
        slot.isBusy = true
        slot.lastUsed = ++this.#uses
        return slot
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #giveBack(slot: Slot) {
    slot.isBusy = false
    this.#waiting.shift()?.()
  }

  #failure(error: unknown): ServerError {
    if (error instanceof ServerError) return error
    const problem = messageOf(error)
    return new ServerError('generation_failed', { model: this.#options.modelId, problem }, { cause: error })
  }
}

const abortedEnd = (promptTokens: number): GenerationEvent => ({
  type: 'generation-end',
  reason: 'aborted',
  usage: {
    promptTokens,
    cachedTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    forcedTokens: 0,
    draftedTokens: 0,
    acceptedTokens: 0,
    promptMilliseconds: 0,
    generationMilliseconds: 0,
  },
})
