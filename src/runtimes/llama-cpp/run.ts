import type { FinishReason, GenerationEvent, GenerationRequest, Usage } from '../../core/generation.ts'
import type { AddonSampler } from './addon.ts'
import { AnswerText } from './answer-text.ts'
import type { Slot } from './slot.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Where a run tells what happens: events, then exactly one `end` or one `fail`. */
export interface RunSink {
  event(event: GenerationEvent): void
  fail(error: unknown): void
}

interface RunStart {
  readonly slot: Slot
  readonly prompt: readonly number[]
  readonly request: GenerationRequest
  readonly contextSize: number
  readonly sampler: AddonSampler
  /** Called once, when the run needs neither its slot nor its sampler any more. */
  readonly onLeave: () => void
  readonly vocabulary: Vocabulary
  readonly sink: RunSink
  readonly startedAt: number
}

/** One generation in a slot: the tokens it knows, of which the slot may not yet hold the last ones. */
export class Run {
  readonly slot: Slot
  readonly sampler: AddonSampler
  /** The prompt, and what was generated after it. */
  readonly tokens: number[]
  /** Set by the client's signal; the loop ends the run before the next batch. */
  isAborted = false
  isEnded = false
  /** Tokens of the prompt that the slot had already. Absent until the loop has made the slot ready. */
  cachedTokens: number | undefined
  drafted = 0
  accepted = 0
  readonly #start: RunStart
  readonly #text: AnswerText
  readonly #mostTokens: number
  #firstTokenAt = 0

  constructor(start: RunStart) {
    this.#start = start
    this.slot = start.slot
    this.sampler = start.sampler
    this.tokens = [...start.prompt]
    this.#text = new AnswerText(start.request.stop)
    const room = start.contextSize - start.prompt.length
    this.#mostTokens = Math.min(start.request.maxTokens ?? room, room)
  }

  /** Tokens that are known and not yet in the slot. One while generating, more while the prompt is read. */
  get pending(): number {
    return this.tokens.length - this.slot.tokens.length
  }
  /** Tokens that may still be generated. */
  get remaining(): number {
    return this.#mostTokens - this.#generated
  }
  get #generated(): number {
    return this.tokens.length - this.#start.prompt.length
  }

  reportReading(): void {
    const total = this.#start.prompt.length
    this.#start.sink.event({ type: 'prompt-progress', done: Math.min(this.slot.tokens.length, total), total })
  }

  /** Takes the next token. After it the run may have ended; tokens that come after that are not for it. */
  accept(token: number): void {
    this.#firstTokenAt ||= performance.now()
    const { vocabulary } = this.#start
    if (token < 0) this.end('stop')
    else if (vocabulary.isEnd(token)) this.end('stop', 1)
    else this.#append(token, vocabulary.bytes(token))
  }

  #append(token: number, bytes: Uint8Array) {
    this.tokens.push(token)
    const text = this.#text.push(bytes)
    if (text) this.#start.sink.event({ type: 'text-delta', text })
    if (this.#text.stopped) this.end('stop')
    else if (this.remaining <= 0) this.end('length')
  }

  /** `unkept` counts a token that was generated and is not part of the text. */
  end(reason: FinishReason, unkept = 0): void {
    if (this.isEnded) return
    const rest = this.#text.end()
    if (rest && reason !== 'aborted') this.#start.sink.event({ type: 'text-delta', text: rest })
    this.#leave()
    this.#start.sink.event({ type: 'generation-end', reason, usage: this.#usage(unkept) })
  }

  fail(error: unknown): void {
    if (this.isEnded) return
    this.#leave()
    this.#start.sink.fail(error)
  }

  #leave() {
    this.isEnded = true
    this.slot.isBusy = false
    this.#start.onLeave()
  }

  #usage(unkept: number): Usage {
    const now = performance.now()
    const firstTokenAt = this.#firstTokenAt || now
    return {
      promptTokens: this.#start.prompt.length,
      cachedTokens: this.cachedTokens ?? 0,
      completionTokens: this.#generated + unkept,
      reasoningTokens: 0,
      forcedTokens: 0,
      draftedTokens: this.drafted,
      acceptedTokens: this.accepted,
      promptMilliseconds: firstTokenAt - this.#start.startedAt,
      generationMilliseconds: now - firstTokenAt,
    }
  }
}
