import type { ForwardedRecord } from '../../observe/tally.ts'
import { reckonBytes } from '../limits/reckon-tokens.ts'
import { isFirstTold } from './counted-responses.ts'
import type { ReadAnswer, UpstreamUsage } from './read-answer.ts'

/** Gathers what an answer of a provider has cost, and tells it once, however the answer ends. */
export class AnswerCounter {
  readonly #about: Pick<ForwardedRecord, 'provider' | 'model' | 'ability' | 'share'>
  readonly #told: (record: ForwardedRecord) => void
  readonly #provider: object
  readonly #began = performance.now()
  #firstByte: number | undefined
  #usage: UpstreamUsage | undefined
  #reason: string | undefined
  #response: string | undefined
  #pieces = 0
  #characters = 0
  #isOver = false

  constructor(
    about: Pick<ForwardedRecord, 'provider' | 'model' | 'ability' | 'share'>,
    provider: object,
    told: (record: ForwardedRecord) => void,
  ) {
    this.#provider = provider
    this.#about = about
    this.#told = told
  }

  /** Some bytes of the body have come. */
  bytes(): void {
    this.#firstByte ??= performance.now()
  }

  /** What was read of an answer or of an event. What comes later counts. */
  note({ usage, reason, isPiece, characters, response }: ReadAnswer): void {
    this.#characters += characters
    if (usage) this.#usage = usage
    if (response !== undefined) this.#response = response
    if (reason !== undefined) this.#reason = reason
    if (isPiece) this.#pieces++
  }

  /** Tokens of the answer beyond its pieces, about: a piece may have several. 0 where the provider has told them. */
  get uncounted(): number {
    return this.#usage ? 0 : Math.max(0, reckonBytes(this.#characters) - this.#pieces)
  }

  /** Only the first call counts. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const now = performance.now()
    const none = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }
    this.#told({
      ...this.#about,
      ...(this.#isRepeated() ? none : (this.#usage ?? { ...none, completionTokens: this.#pieces })),
      isCounted: this.#usage !== undefined,
      ...(this.#reason !== undefined && { reason: this.#reason }),
      firstByteMilliseconds: (this.#firstByte ?? now) - this.#began,
      milliseconds: now - this.#began,
    })
  }

  /**
   * A response that is fetched again costs nothing again; one that was made in the background is counted when it is fetched. What a
   * model was asked for is always new: some servers give every response one id.
   */
  #isRepeated(): boolean {
    if (!this.#usage || this.#response === undefined) return false
    return !isFirstTold(this.#provider, this.#response) && this.#about.model === undefined
  }
}
