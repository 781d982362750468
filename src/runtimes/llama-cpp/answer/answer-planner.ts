import type { AnswerPlan } from '../../../conversation/answer-plan.ts'
import type { GenerationRequest } from '../../../core/generation.ts'
import { type Constrainer, createConstrainer } from '../../../grammar/machine/constrainer.ts'
import { GrammarCache } from '../prompt/grammar-cache.ts'
import type { RunPlan } from '../run.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { AnswerGuide } from './answer-guide.ts'
import { TextTokens } from './text-tokens.ts'

/** Makes what holds and reads the answers of one model. */
export class AnswerPlanner {
  readonly #vocabulary: Vocabulary
  readonly #constrainer: Constrainer
  readonly #text: TextTokens
  readonly #grammars = new GrammarCache()
  readonly #predicts: boolean

  /** `predicts`: whether text that a grammar leaves no choice about is taken without sampling; off only to measure it. */
  constructor(vocabulary: Vocabulary, { predicts = true } = {}) {
    this.#vocabulary = vocabulary
    this.#constrainer = createConstrainer(vocabulary)
    this.#text = new TextTokens(vocabulary, () => this.#constrainer.sortedTokens)
    this.#predicts = predicts
  }

  /** As `Constrainer.prepareMore`. */
  prepareMore(): boolean {
    return this.#constrainer.prepareMore()
  }

  /** Throws `ServerError` for grammars that nothing can be written in. */
  plan({ format, prompt }: GenerationRequest, plan: AnswerPlan): RunPlan {
    const budgetTokens = prompt.type === 'messages' ? prompt.reasoning?.budgetTokens : undefined
    const { grammar, reasoningEnd, showsSpecial } = plan
    const compiled = grammar && this.#grammars.compile(grammar, format)
    return {
      reader: plan.read(),
      showsSpecial,
      ...(compiled && {
        guide: new AnswerGuide({
          begin: () => this.#constrainer.begin(compiled),
          text: this.#text,
          predicts: this.#predicts,
        }),
      }),
      ...(reasoningEnd !== undefined &&
        budgetTokens !== undefined && {
          reasoning: {
            budgetTokens,
            end: this.#vocabulary.tokenize(reasoningEnd, { readSpecialTokens: true }),
          },
        }),
    }
  }
}
