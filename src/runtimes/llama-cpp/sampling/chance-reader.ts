import type { TokenChance, TokenLogprob } from '../../../core/generation.ts'
import type { AddonContext, AddonSampler } from '../addon.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { SamplerPool } from './sampler-pool.ts'

/** A chance of 0 is told as this: JSON knows no infinity (and OpenAI does so). */
const leastLogprob = -9999

/** Where the chance of a token is read. */
interface ChancePlace {
  readonly context: AddonContext
  /** In the batch that was decoded last. */
  readonly place: number
  readonly token: number
}

/**
 * Reads the chances of tokens in the model's own distribution: the log-softmax over the whole vocabulary, before any
 * sampling option.
 */
export class ChanceReader {
  readonly #pool: SamplerPool
  readonly #vocabulary: Vocabulary
  readonly #top: number
  /** Takes the likeliest token and leaves all logits as they are. */
  readonly #greedy: AddonSampler
  /** Leaves the largest logits, as they are; absent when none are asked for. */
  readonly #largest: AddonSampler | undefined

  constructor(options: { readonly pool: SamplerPool; readonly vocabulary: Vocabulary; readonly top: number }) {
    this.#pool = options.pool
    this.#vocabulary = options.vocabulary
    this.#top = options.top
    this.#greedy = options.pool.take({ temperature: 0, seed: 0 })
    if (options.top > 0) this.#largest = options.pool.take({ temperature: 1, topK: options.top, seed: 0 })
  }

  /** Ends the use of the samplers; nobody may be reading any more. */
  close(): void {
    this.#pool.giveBack(this.#greedy)
    if (this.#largest) this.#pool.giveBack(this.#largest)
  }

  async read({ context, place, token }: ChancePlace): Promise<TokenLogprob> {
    // The token that a greedy sampler takes is the one with the largest logit.
    const [, , , logits = [], weight = 1] = await context.sampleToken(
      place,
      this.#greedy,
      false,
      false,
      [[token], false, false, true, 0],
      true,
    )
    const byToken = pairs(logits)
    const offset = Math.max(...byToken.values()) + Math.log(weight)
    const largest = this.#largest ? await this.#readLargest(context, place, this.#largest) : []
    return {
      ...this.#chance(token, (byToken.get(token) ?? Number.NEGATIVE_INFINITY) - offset),
      top: largest.map(([each, logit]) => this.#chance(each, logit - offset)),
    }
  }

  /** What stands where a chance would, for a token that nothing comes before. */
  unknown(token: number): Omit<TokenLogprob, 'logprob'> & { readonly logprob: null } {
    return { ...this.#chance(token, 0), logprob: null, top: [] }
  }

  async #readLargest(context: AddonContext, place: number, sampler: AddonSampler): Promise<[number, number][]> {
    const wanted = [[], false, false, false, this.#top] as [[], false, false, false, number]
    const [, , , logits = []] = await context.sampleToken(place, sampler, false, false, wanted, false)
    return [...pairs(logits)].sort(([, left], [, right]) => right - left).slice(0, this.#top)
  }

  #chance(token: number, logprob: number): TokenChance {
    return {
      token,
      text: this.#vocabulary.textOf(token),
      bytes: [...this.#vocabulary.shownBytes(token)],
      logprob: Math.max(leastLogprob, logprob),
    }
  }
}

/** Tokens and their values, from a flat list of both. */
const pairs = (flat: readonly number[]): ReadonlyMap<number, number> =>
  new Map(Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? 0, flat[2 * index + 1] ?? 0]))
