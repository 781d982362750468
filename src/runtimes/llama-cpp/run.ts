import type { AnswerReader } from '../../conversation/answer-plan.ts'
import type { FinishReason, GenerationEvent, GenerationRequest, TokenLogprob, Usage } from '../../core/generation.ts'
import type { AnswerGuide } from './answer/answer-guide.ts'
import { AnswerWriter } from './answer/answer-writer.ts'
import { PromptEcho } from './answer/prompt-echo.ts'
import type { ChanceReader } from './sampling/chance-reader.ts'
import type { TokenSampler } from './sampling/token-sampler.ts'
import { type Slot, sharedPrefix } from './slot.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Where a run tells what happens: events, then exactly one `end` or one `fail`. */
export interface RunSink {
  event(event: GenerationEvent): void
  fail(error: unknown): void
}

/** How the answer is held and read. */
export interface RunPlan {
  readonly reader: AnswerReader
  /** Whether the reader gets the names of control tokens. */
  readonly showsSpecial: boolean
  /** Absent: any text. */
  readonly guide?: AnswerGuide
  /** What is written when the thinking has used up its budget. */
  readonly reasoning?: { readonly budgetTokens: number; readonly end: readonly number[] }
}

interface RunStart {
  readonly slot: Slot
  readonly prompt: readonly number[]
  /** The prompt as its sender wrote it, and how many tokens the model's own beginning put before it. */
  readonly promptText: string
  readonly promptAdded: number
  readonly request: GenerationRequest
  readonly plan: RunPlan
  readonly contextSize: number
  readonly sampler: TokenSampler
  /** Absent: nobody asked for chances. */
  readonly chances?: ChanceReader
  /** Called once, when the run needs neither its slot nor its sampler any more. */
  readonly onLeave: () => void
  readonly vocabulary: Vocabulary
  readonly sink: RunSink
  readonly startedAt: number
}

/**
 * One generation in a slot: the tokens it knows, of which the slot may not yet hold the last ones, and of which the last
 * ones are not told yet when their chances are to be told with them.
 */
export class Run {
  readonly slot: Slot
  readonly sampler: TokenSampler
  readonly chances: ChanceReader | undefined
  /** The prompt, and what was generated after it. */
  readonly tokens: number[]
  readonly promptLength: number
  /** Set by the client's signal; the loop ends the run before the next batch. */
  isAborted = false
  isEnded = false
  /** Tokens of the prompt that the slot had already. Absent until the loop has made the slot ready. */
  cachedTokens: number | undefined
  /** How often the model has chosen a token; what a format left no choice about came without. */
  choices = 0
  readonly #start: RunStart
  readonly #writer: AnswerWriter
  readonly #echo: PromptEcho | undefined
  readonly #mostTokens: number
  /** Guesses that were checked, and how many of them were right, without those that are being checked. */
  #drafted = 0
  #accepted = 0
  #guesses: readonly number[] = []
  /** The place in `tokens` that the first of the guesses is for. */
  #guessedFrom = 0
  /** Tokens of `tokens` that were told. */
  #told: number
  /** The place in `tokens` of the one that was sampled last; all that follow it were foreseen. */
  #sampled = -1
  #forced = 0
  #reasoned = 0
  #hasEndedReasoning = false
  /** How the run ends once all that it knows is told. */
  #ending: FinishReason | undefined
  #firstTokenAt = 0

  constructor(start: RunStart) {
    const { request, prompt, sink } = start
    this.#start = start
    this.slot = start.slot
    this.sampler = start.sampler
    this.chances = start.chances
    this.tokens = [...prompt]
    this.promptLength = prompt.length
    this.#told = prompt.length
    this.#mostTokens = roomOf(request, prompt.length, start.contextSize)
    this.#writer = new AnswerWriter({
      reader: start.plan.reader,
      stops: request.stop,
      onEvent: (event) => sink.event(event),
    })
    if (request.repeatsPrompt)
      this.#echo = new PromptEcho({
        ...start,
        text: start.promptText,
        added: start.promptAdded,
        onEvent: (event) => sink.event(event),
      })
    if (this.#mostTokens > 0) this.#goOn([], false)
  }

  /** Tokens that are known and not yet in the slot. */
  get pending(): number {
    return this.tokens.length - this.slot.tokens.length
  }
  /** Whether the slot has yet to read some of the prompt. */
  get isReading(): boolean {
    return this.slot.tokens.length < this.promptLength
  }
  /** Whether the chances of the prompt's own tokens are wanted: then all of it has to be read. */
  get wantsPromptChances(): boolean {
    return this.#echo?.isWaiting ?? false
  }
  /** Tokens that may still be generated. */
  get remaining(): number {
    return this.#mostTokens - this.#generated
  }
  get #generated(): number {
    return this.tokens.length - this.promptLength
  }
  /** What holds the next token. */
  get guide(): AnswerGuide | undefined {
    return this.#start.plan.guide
  }

  /** Guesses of the next tokens are about to be checked. Counted at once: the run may end in the middle of them. */
  expect(guesses: readonly number[]): void {
    this.#drafted += guesses.length
    this.#guesses = guesses
    this.#guessedFrom = this.tokens.length
  }

  /** How many of the guesses turned out right, once they are checked. */
  settleGuesses(): number {
    const right = this.#rightGuesses
    this.#accepted += right
    this.#guesses = []
    return right
  }
  get #rightGuesses(): number {
    return sharedPrefix(this.#guesses, this.tokens.slice(this.#guessedFrom))
  }

  reportReading(): void {
    const total = this.promptLength
    this.#start.sink.event({ type: 'prompt-progress', done: Math.min(this.slot.tokens.length, total), total })
  }

  /** Takes the next token. After it the run may have ended, or know several more. */
  accept(token: number): void {
    this.#firstTokenAt ||= performance.now()
    this.choices++
    if (token < 0) this.end('stop')
    else if (this.#start.vocabulary.isEnd(token)) this.end('stop', 1)
    else this.#goOn([token], true)
  }

  /** The chance of the token at that place of `tokens`, each once and in their order. */
  tell(index: number, chance: TokenLogprob): void {
    if (index < this.promptLength) this.#echo?.push(chance)
    else {
      this.#say(chance.token, chance)
      this.#settle()
    }
  }

  /** Goes on by tokens and by all that must follow them. */
  #goOn(given: readonly number[], isSampled: boolean): boolean {
    const advance = this.guide
      ? this.guide.advance(given, this.remaining)
      : { tokens: given.slice(0, this.remaining), isClosed: false }
    if (!advance) return false
    if (isSampled && !advance.isClosed) this.#sampled = this.tokens.length
    for (const token of advance.tokens) {
      if (this.isEnded) return true
      this.tokens.push(token)
      if (!this.chances) this.#say(token)
    }
    if (advance.isClosed) this.#ending = 'length'
    else if (this.guide?.isOver) this.#ending = 'stop'
    else if (this.remaining <= 0) this.#ending = 'length'
    this.#settle()
    return true
  }

  #say(token: number, chance?: TokenLogprob) {
    const { vocabulary, plan } = this.#start
    const wasReasoning = plan.reader.isReasoning
    if (this.#told !== this.#sampled) this.#forced++
    this.#told++
    this.#writer.push(plan.showsSpecial ? vocabulary.shownBytes(token) : vocabulary.bytes(token), chance)
    if (wasReasoning || plan.reader.isReasoning) this.#reasoned++
    if (this.#writer.hasStopped) this.end('stop')
  }

  /** When all that is known is told: ends the run if it is to end, and the thinking if it has been long enough. */
  #settle() {
    if (this.isEnded || this.#told < this.tokens.length) return
    if (this.#ending) return this.end(this.#ending)
    const { reasoning, reader } = this.#start.plan
    if (!reasoning || this.#hasEndedReasoning || !reader.isReasoning || this.#reasoned < reasoning.budgetTokens) return
    this.#hasEndedReasoning = true
    // In the middle of something that must be finished first it is tried again after the next token.
    this.#hasEndedReasoning = this.#goOn(reasoning.end, false)
  }

  /** `unkept` counts a token that was generated and is not part of the text. */
  end(reason: FinishReason, unkept = 0): void {
    if (this.isEnded) return
    this.isEnded = true
    // What came after a stop text, and waited for its chance.
    this.tokens.length = this.#told
    if (reason !== 'aborted') this.#writer.end()
    this.#leave()
    const isCall = reason === 'stop' && this.#start.plan.reader.hasCalls && !this.#writer.hasStopped
    this.#start.sink.event({
      type: 'generation-end',
      reason: isCall ? 'tool-calls' : reason,
      usage: this.#usage(unkept),
    })
  }

  fail(error: unknown): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#leave()
    this.#start.sink.fail(error)
  }

  #leave() {
    this.slot.isBusy = false
    this.#start.onLeave()
  }

  #usage(unkept: number): Usage {
    const now = performance.now()
    const firstTokenAt = this.#firstTokenAt || now
    return {
      promptTokens: this.promptLength,
      cachedTokens: this.cachedTokens ?? 0,
      completionTokens: this.#generated + unkept,
      reasoningTokens: this.#reasoned,
      forcedTokens: this.#forced,
      draftedTokens: this.#drafted,
      acceptedTokens: this.#accepted + this.#rightGuesses,
      promptMilliseconds: firstTokenAt - this.#start.startedAt,
      generationMilliseconds: now - firstTokenAt,
    }
  }
}

/** Tokens that may be generated. */
export function roomOf(
  request: Pick<GenerationRequest, 'maxTokens' | 'contextSize'>,
  promptLength: number,
  contextSize: number,
): number {
  const room = Math.min(request.contextSize ?? contextSize, contextSize) - promptLength
  return Math.min(request.maxTokens ?? room, room)
}
