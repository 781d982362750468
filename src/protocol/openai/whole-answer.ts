import type { FinishReason, GenerationEvent, TokenLogprob, ToolCall, Usage } from '../../core/generation.ts'

/** What `repeatsPrompt` tells. */
export type PromptText = Extract<GenerationEvent, { type: 'prompt-text' }>

/** A generation, read to its end. */
export interface WholeAnswer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly ToolCall[]
  /** Of the tokens of the text; none where they were not asked for. */
  readonly logprobs: readonly TokenLogprob[]
  readonly prompt?: PromptText
  readonly reason: FinishReason
  readonly usage: Usage
}

/** Puts the events of one generation together. */
export class AnswerCollector {
  readonly #texts: string[] = []
  readonly #thoughts: string[] = []
  readonly #calls: { id: string; name: string; pieces: string[] }[] = []
  readonly #logprobs: TokenLogprob[] = []
  #prompt: PromptText | undefined

  /** The whole answer at its end, else undefined. */
  push(event: GenerationEvent): WholeAnswer | undefined {
    if (event.type === 'text-delta') {
      this.#texts.push(event.text)
      this.#logprobs.push(...(event.logprobs ?? []))
    } else if (event.type === 'reasoning-delta') this.#thoughts.push(event.text)
    else if (event.type === 'tool-call-start') this.#calls[event.index] = { id: event.id, name: event.name, pieces: [] }
    else if (event.type === 'tool-call-delta') this.#calls[event.index]?.pieces.push(event.arguments)
    else if (event.type === 'prompt-text') this.#prompt = event
    else if (event.type === 'generation-end')
      return {
        text: this.#texts.join(''),
        reasoning: this.#thoughts.join(''),
        calls: this.#calls.map(({ id, name, pieces }) => ({ id, name, arguments: pieces.join('') })),
        logprobs: this.#logprobs,
        ...(this.#prompt && { prompt: this.#prompt }),
        reason: event.reason,
        usage: event.usage,
      }
    return undefined
  }
}
