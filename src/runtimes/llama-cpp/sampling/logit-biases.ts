import type { SamplingOptions } from '../../../core/generation.ts'

/** What is added to the logits of some tokens, as the addon takes it. */
export interface LogitBiases {
  readonly tokens: Uint32Array
  readonly values: Float32Array
}

/** Larger than any difference of logits, and small enough that a 32-bit float still tells those of two tokens apart. */
const force = 1e4

/** A client's bias as it is added: from -100 down it bans, from 100 up it takes the token before all others. */
export const addedBias = (bias: number): number =>
  bias <= -100 ? Number.NEGATIVE_INFINITY : bias >= 100 ? force : bias

export const biasesOf = (biases: ReadonlyMap<number, number>): LogitBiases => ({
  tokens: Uint32Array.from(biases.keys()),
  values: Float32Array.from(biases.values()),
})

/** Both; where a token is in both, the values add up. */
export function joined(left: LogitBiases, right: LogitBiases): LogitBiases {
  const tokens = new Uint32Array(left.tokens.length + right.tokens.length)
  const values = new Float32Array(tokens.length)
  tokens.set(left.tokens)
  tokens.set(right.tokens, left.tokens.length)
  values.set(left.values)
  values.set(right.values, left.values.length)
  return { tokens, values }
}

/** Shared by all lists. */
let bans = new Float32Array()

/**
 * Bans every token whose bit is not set. Made anew each time: kept with their masks, lists as long as the vocabulary
 * would take hundreds of megabytes for one grammar, and to make one takes less time than to hand it to llama.cpp.
 */
export function bansOf(mask: Uint32Array, vocabularySize: number): LogitBiases {
  if (bans.length < vocabularySize) bans = new Float32Array(vocabularySize).fill(Number.NEGATIVE_INFINITY)
  const tokens = new Uint32Array(32 * Math.ceil(vocabularySize / 32))
  let count = 0
  for (let first = 0; first < vocabularySize; first += 32) {
    for (let rest = ~(mask[first >>> 5] ?? 0); rest !== 0; rest &= rest - 1)
      tokens[count++] = first + 31 - Math.clz32(rest & -rest)
  }
  while (count > 0 && (tokens[count - 1] ?? 0) >= vocabularySize) count--
  return { tokens: tokens.subarray(0, count), values: bans.subarray(0, count) }
}

/**
 * What is added for the sake of a request's own biases, and for what was generated so far (OpenAI's frequency and
 * presence penalties: over generated tokens only). Tokens that are banned or forced stay so.
 */
export function requestBiases(
  { logitBias = [], frequencyPenalty = 0, presencePenalty = 0 }: SamplingOptions,
  counts: ReadonlyMap<number, number>,
): Map<number, number> {
  const biases = new Map(logitBias.map(([token, bias]) => [token, addedBias(bias)]))
  if (frequencyPenalty === 0 && presencePenalty === 0) return biases
  for (const [token, count] of counts) subtract(biases, token, count * frequencyPenalty + presencePenalty)
  return biases
}

/** Takes a penalty from a token's bias, unless the token is banned or forced. */
export function subtract(biases: Map<number, number>, token: number, penalty: number): void {
  const before = biases.get(token) ?? 0
  if (Math.abs(before) < force) biases.set(token, before - penalty)
}
