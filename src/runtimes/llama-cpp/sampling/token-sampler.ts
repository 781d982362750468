import type { SamplingOptions } from '../../../core/generation.ts'
import type { AddonContext, AddonSampler, SamplerConfig } from '../addon.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { dryPenalties } from './dry-penalties.ts'
import { bansOf, biasesOf, joined, type LogitBiases, requestBiases, subtract } from './logit-biases.ts'
import type { SamplerPool } from './sampler-pool.ts'

/** What holds the choice of a token: see `Constraint`. */
export interface TokenRule {
  allows(token: number): boolean
  allowedTokens(): Uint32Array
}

/** Where a token is chosen. */
interface Choice {
  readonly context: AddonContext
  /** In the batch that was decoded last. */
  readonly place: number
  /** All tokens before it. */
  readonly tokens: readonly number[]
  /** Absent: every token may come. */
  readonly rule?: TokenRule
}

interface TokenSamplerOptions {
  readonly pool: SamplerPool
  readonly sampling: SamplingOptions
  /** How many of the tokens are the prompt's. */
  readonly promptLength: number
  /** Tokens that there can be. */
  readonly contextSize: number
  readonly vocabulary: Vocabulary
}

const noBiases: LogitBiases = { tokens: new Uint32Array(), values: new Float32Array() }

/** Chooses the tokens of one generation, as its request's sampling options say. */
export class TokenSampler {
  readonly #options: TokenSamplerOptions
  readonly #config: SamplerConfig & { readonly seed: number }
  readonly #sampler: AddonSampler
  readonly #counts = new Map<number, number>()
  #counted: number
  /** Of the request alone, for as long as nothing is added for what was generated. */
  readonly #fixed: LogitBiases | undefined
  #applied: LogitBiases = noBiases

  constructor(options: TokenSamplerOptions) {
    this.#options = options
    this.#config = configOf(options.sampling)
    this.#sampler = options.pool.take(this.#config)
    this.#counted = options.promptLength
    const { frequencyPenalty, presencePenalty, dry } = options.sampling
    if (!frequencyPenalty && !presencePenalty && !dry)
      this.#fixed = options.sampling.logitBias ? biasesOf(requestBiases(options.sampling, new Map())) : noBiases
  }

  /** Ends the use of the sampler; nobody may be choosing any more. */
  close(): void {
    this.#options.pool.giveBack(this.#sampler)
  }

  /**
   * Chooses the next token; -1 when there is none. A rule is asked about the token that was chosen without it, and only
   * then, if it says no, all others are banned, as llama.cpp does with its grammars. Rejects when no token is allowed.
   */
  async choose(choice: Choice): Promise<number> {
    const { rule } = choice
    const biases = this.#biases(choice.tokens)
    const token = await this.#sample(choice, biases)
    if (!rule || (token >= 0 && rule.allows(token))) return token
    const bans = bansOf(rule.allowedTokens(), this.#options.vocabulary.size)
    const held = biases.tokens.length > 0 ? [joined(bans, biases), bans] : [bans]
    // Where the request bans all that the rule allows, the rule is what holds.
    for (const each of held) {
      const again = await this.#sample(choice, each)
      if (again >= 0 && rule.allows(again)) return again
    }
    throw new Error('no token of the vocabulary can go on as the format demands')
  }

  #sample({ context, place, tokens }: Choice, biases: LogitBiases): Promise<number> {
    const { repeatPenalty } = this.#options.sampling
    if (biases !== this.#applied || repeatPenalty) {
      this.#applied = biases
      this.#sampler.applyConfig({
        ...this.#config,
        ...(biases.tokens.length > 0 && { tokenBiasKeys: biases.tokens, tokenBiasValues: biases.values }),
        ...this.#repeatConfig(tokens),
      })
    }
    return context.sampleToken(place, this.#sampler)
  }

  /** The addon would take memory for as many tokens as it is told to look at. */
  #repeatConfig(tokens: readonly number[]): Partial<SamplerConfig> {
    const { repeatPenalty } = this.#options.sampling
    if (!repeatPenalty) return {}
    const { contextSize } = this.#options
    const last = repeatPenalty.lastTokens < 0 ? contextSize : Math.min(repeatPenalty.lastTokens, contextSize)
    return {
      repeatPenalty: repeatPenalty.penalty,
      repeatPenaltyMaxTokens: last,
      repeatPenaltyTokens: Uint32Array.from(last > 0 ? tokens.slice(-last) : []),
    }
  }

  #biases(tokens: readonly number[]): LogitBiases {
    if (this.#fixed) return this.#fixed
    for (; this.#counted < tokens.length; this.#counted++) {
      const token = tokens[this.#counted] ?? 0
      this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1)
    }
    const { sampling, vocabulary } = this.#options
    const biases = requestBiases(sampling, this.#counts)
    if (sampling.dry)
      for (const [token, penalty] of dryPenalties(tokens, sampling.dry, (each) => vocabulary.textOf(each)))
        subtract(biases, token, penalty)
    return biasesOf(biases)
  }
}

/** What stays the same from token to token. XTC excludes the likeliest tokens, which temperature 0 is to take. */
function configOf({ temperature, topK, topP, minP, seed, xtc }: SamplingOptions): SamplerConfig & { seed: number } {
  return {
    temperature,
    ...(topK > 0 && { topK }),
    topP,
    minP,
    ...(xtc && temperature > 0 && { xtcProbability: xtc.probability, xtcThreshold: xtc.threshold }),
    seed: (seed ?? Math.floor(Math.random() * 2 ** 32)) >>> 0,
  }
}
