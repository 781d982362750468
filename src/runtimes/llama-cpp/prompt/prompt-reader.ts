import type { AnswerPlan } from '../../../conversation/answer-plan.ts'
import { type AskedRules, answerRules, formatGrammar } from '../../../conversation/answer-rules.ts'
import { disguisePrompt } from '../../../conversation/disguise-prompt.ts'
import { planAnswer } from '../../../conversation/plan-answer.ts'
import { ServerError } from '../../../core/errors.ts'
import type { GenerationRequest, MessagesPrompt, OutputFormat, Prompt } from '../../../core/generation.ts'
import { plainReader } from '../answer/plain-reader.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { ChatTemplate } from './chat-template.ts'
import { demandKnownTokens } from './known-tokens.ts'
import { readStretches } from './read-stretches.ts'
import { RecentlyMade } from './recently-made.ts'

interface PromptReaderOptions {
  readonly modelId: string
  readonly vocabulary: Vocabulary
  readonly template: ChatTemplate
}

/** A request's prompt as the model reads it, and how its answer is to be generated. */
export interface ReadRequest {
  readonly tokens: readonly number[]
  /** As it stands in the prompt, without the tokens that the model adds at its beginning. */
  readonly text: string
  readonly added: number
  readonly plan: AnswerPlan
}

/** Turns what a request asks for into tokens and a plan. */
export class PromptReader {
  readonly #options: PromptReaderOptions
  readonly #rules = new RecentlyMade((asked: AskedRules) => answerRules(this.#options.template.syntax, asked))
  readonly #formats = new RecentlyMade((format: OutputFormat) => ({ grammar: formatGrammar(format) }))

  constructor(options: PromptReaderOptions) {
    this.#options = options
  }

  /**
   * Throws `ServerError` for prompts that are empty, that the model cannot read, or that hold ids which its vocabulary
   * does not have, and for formats that cannot be enforced.
   */
  read({ prompt, format }: Pick<GenerationRequest, 'prompt' | 'format'>): ReadRequest {
    if (prompt.type === 'messages') return demandTokens(prompt, this.#readMessages(prompt, format))
    return demandTokens(prompt, { ...this.#readText(prompt), plan: this.#textPlan(format) })
  }

  /** What is said is never read as a control token; what the template writes around it is. */
  #readMessages(prompt: MessagesPrompt, format: OutputFormat | undefined): ReadRequest {
    const { template, vocabulary } = this.#options
    const { syntax } = template
    const { controls } = vocabulary
    const harmless = disguisePrompt(prompt, { controls, syntax })
    const written = template.render(harmless)
    const rulesOf = (asked: AskedRules) => this.#rules.of(asked)
    const plan = planAnswer({ prompt, format, syntax, renderedPrompt: written, rulesOf })
    if (harmless === prompt) return { text: written, ...this.#tokensOf(written), plan }
    const own = readStretches(written, vocabulary)
    return { text: controls.reveal(written), ...this.#withBegin(own), plan }
  }

  /** Of an answer that is one text: no thinking and no calls. */
  #textPlan(format: OutputFormat | undefined): AnswerPlan {
    return { showsSpecial: false, read: plainReader, ...(format && this.#formats.of(format)) }
  }

  #readText(prompt: Exclude<Prompt, MessagesPrompt>): Omit<ReadRequest, 'plan'> {
    const { vocabulary } = this.#options
    switch (prompt.type) {
      case 'text':
        return { text: prompt.text, ...this.#tokensOf(prompt.text) }
      case 'tokens': {
        demandKnownTokens(prompt.tokens, vocabulary.size, 'prompt')
        const shown = Buffer.concat(prompt.tokens.map((token) => vocabulary.shownBytes(token)))
        return { text: shown.toString('utf8'), tokens: prompt.tokens, added: 0 }
      }
      case 'infill':
        return { text: prompt.prefix, tokens: this.#infillTokens(prompt.prefix, prompt.suffix), added: 0 }
    }
  }

  #tokensOf(text: string): Pick<ReadRequest, 'tokens' | 'added'> {
    return this.#withBegin(this.#options.vocabulary.tokenize(text, { readSpecialTokens: true }))
  }

  #withBegin(own: readonly number[]): Pick<ReadRequest, 'tokens' | 'added'> {
    const tokens = this.#options.vocabulary.withEnds(own, { end: false })
    return { tokens, added: tokens.length - own.length }
  }

  /** Prefix, suffix, gap: the order that most models were trained on, and llama-server's own. */
  #infillTokens(prefix: string, suffix: string): number[] {
    const { vocabulary, modelId: model } = this.#options
    const { infill } = vocabulary
    if (!infill) throw new ServerError('ability_missing', { param: 'suffix', model, ability: 'fill gaps in texts' })
    const read = (text: string) => vocabulary.tokenize(text, { readSpecialTokens: false })
    const all = [infill.prefix, ...read(prefix), infill.suffix, ...read(suffix), infill.middle]
    return vocabulary.withEnds(all, { end: false })
  }
}

function demandTokens(prompt: Prompt, read: ReadRequest): ReadRequest {
  if (read.tokens.length > 0) return read
  const param = prompt.type === 'messages' ? 'messages' : 'prompt'
  throw new ServerError('invalid_parameter', { param, problem: 'it is empty; send some text' })
}
