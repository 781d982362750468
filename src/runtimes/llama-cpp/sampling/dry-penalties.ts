import type { SamplingOptions } from '../../../core/generation.ts'

type DryOptions = NonNullable<SamplingOptions['dry']>

/** `pow` of the base would overflow a 32-bit float beyond it. */
const largestLogarithm = 88

/**
 * What to take from the logits of tokens that would go on with something that was said before (llama.cpp's `dry`, after
 * github.com/oobabooga/text-generation-webui/pull/5677): the longer what is repeated, the more. Nothing reaches back
 * over a sequence breaker. Not the addon's own: that one never sees the prompt, nor tokens that were not sampled.
 */
export function dryPenalties(
  tokens: readonly number[],
  options: DryOptions,
  textOf: (token: number) => string,
): ReadonlyMap<number, number> {
  const { multiplier, base, allowedLength, sequenceBreakers } = options
  const last = options.lastTokens < 0 ? tokens : tokens.slice(-options.lastTokens)
  const penalties = new Map<number, number>()
  if (multiplier === 0 || base <= 0 || options.lastTokens === 0) return penalties
  const limit = lengthSinceBreaker(last, sequenceBreakers, textOf)
  if (limit < allowedLength) return penalties
  const repeats = repeatedEnds(last)
  for (let end = 0; end < last.length - 1; end++) {
    const length = Math.min(repeats[end] ?? 0, limit)
    const next = last[end + 1] ?? 0
    if (length < allowedLength || length === 0 || isBreaker(textOf(next), sequenceBreakers)) continue
    const most = base > 1 ? largestLogarithm / Math.log(base) : Number.POSITIVE_INFINITY
    const penalty = multiplier * base ** Math.min(length - allowedLength, most)
    penalties.set(next, Math.max(penalty, penalties.get(next) ?? 0))
  }
  return penalties
}

/**
 * For each place: how many of the tokens up to it, it included, are the same as at the end of all. This is the
 * Z-algorithm, from behind: time linear in the number of tokens.
 */
export function repeatedEnds(tokens: readonly number[]): Int32Array {
  const count = tokens.length
  const lengths = new Int32Array(count)
  const fromEnd = (index: number) => tokens[count - 1 - index]
  for (let at = 1, left = 0, right = 0; at < count; at++) {
    let length = at < right ? Math.min(right - at, lengths[count - 1 - (at - left)] ?? 0) : 0
    while (at + length < count && fromEnd(length) === fromEnd(at + length)) length++
    lengths[count - 1 - at] = length
    if (at + length > right) {
      left = at
      right = at + length
    }
  }
  return lengths
}

const isBreaker = (text: string, breakers: readonly string[]) => breakers.some((breaker) => text.includes(breaker))

/** Tokens after the last sequence breaker; a breaker may reach over several tokens. */
function lengthSinceBreaker(
  tokens: readonly number[],
  breakers: readonly string[],
  textOf: (token: number) => string,
): number {
  const longest = Math.max(0, ...breakers.map((breaker) => breaker.length))
  let after = ''
  for (let count = 0; count < tokens.length; count++) {
    const own = textOf(tokens[tokens.length - 1 - count] ?? 0)
    const text = own + after
    const end = Math.max(
      ...breakers.map((breaker) => {
        const at = text.lastIndexOf(breaker, Math.max(0, own.length - 1))
        return at < 0 ? -1 : at + breaker.length
      }),
    )
    if (end > 0) return count - tokensCovering(tokens.slice(tokens.length - count), end - own.length, textOf)
    after = text.slice(0, Math.max(0, longest - 1))
  }
  return tokens.length
}

/** How many tokens it takes from the beginning to cover so many characters. */
function tokensCovering(tokens: readonly number[], characters: number, textOf: (token: number) => string): number {
  let count = 0
  for (let left = characters; left > 0 && count < tokens.length; count++) left -= textOf(tokens[count] ?? 0).length
  return count
}
