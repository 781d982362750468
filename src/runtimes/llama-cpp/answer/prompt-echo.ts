import type { GenerationEvent, TokenLogprob } from '../../../core/generation.ts'
import type { ChanceReader } from '../sampling/chance-reader.ts'

interface PromptEchoOptions {
  readonly text: string
  readonly prompt: readonly number[]
  /** Tokens at the beginning of the prompt that are not the text's, and not told. */
  readonly added: number
  /** Absent: the text is told at once, and alone. */
  readonly chances?: ChanceReader
  readonly onEvent: (event: GenerationEvent) => void
}

/** Tells a prompt's text, and the chances of its tokens once all of them are known. */
export class PromptEcho {
  readonly #options: PromptEchoOptions
  readonly #known: TokenLogprob[] = []

  constructor(options: PromptEchoOptions) {
    this.#options = options
    if (!this.isWaiting) this.#tell()
  }

  /** Whether chances are still to come; the first token has none. */
  get isWaiting(): boolean {
    const { chances, prompt } = this.#options
    return chances !== undefined && this.#known.length < prompt.length - 1
  }

  /** The chance of the prompt's next token, from its second one on. */
  push(chance: TokenLogprob): void {
    this.#known.push(chance)
    if (!this.isWaiting) this.#tell()
  }

  #tell() {
    const { chances, prompt, added, text, onEvent } = this.#options
    const logprobs = chances && [chances.unknown(prompt[0] ?? 0), ...this.#known].slice(added)
    onEvent({ type: 'prompt-text', text, ...(logprobs && { logprobs }) })
  }
}
