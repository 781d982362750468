import type { Answered } from './client.ts'

/**
 * Tokens of all clients, for as long as all of them generate: from the last one's first piece to the first one's last. So
 * no prompt is counted; they have cases of their own. A piece counts as so many tokens as its answer's pieces have on average.
 */
export function decodeSpeed(answers: readonly Pick<Answered, 'times' | 'completionTokens'>[]): number {
  const from = Math.max(...answers.map(({ times }) => times[0] ?? Number.NaN))
  const to = Math.min(...answers.map(({ times }) => times.at(-1) ?? Number.NaN))
  const tokens = answers.reduce((sum, { times, completionTokens }) => {
    const pieces = times.filter((time) => time > from && time <= to).length
    return sum + (pieces * completionTokens) / times.length
  }, 0)
  return (tokens / (to - from)) * 1000
}
