import type { ConfigProblem } from '../../config/problem.ts'
import type { KeyLimitChange, KeyLimits } from '../../store/api-keys.ts'

/** The flags that say what a key may use, and the limits that they set. */
export const limitFlags = {
  'requests-per-minute': 'requestsPerMinute',
  'tokens-per-minute': 'tokensPerMinute',
  'tokens-per-day': 'tokensPerDay',
} as const satisfies Record<string, keyof KeyLimits>

/** A number of tokens that no machine makes in a day. */
const largest = 1e12

/** Reads limits, and everything that is wrong with them. `default` takes a limit of the key's own away. */
export function readKeyLimits(flags: Readonly<Record<string, string | undefined>>): {
  readonly change: KeyLimitChange
  readonly problems: readonly ConfigProblem[]
} {
  const change: { -readonly [Name in keyof KeyLimits]: number | null } = {}
  const problems: ConfigProblem[] = []
  for (const [flag, name] of Object.entries(limitFlags)) {
    const text = flags[flag]?.trim()
    if (text === undefined) continue
    const value = limitOf(text)
    if (value !== undefined) change[name] = value
    else
      problems.push({
        path: `--${flag}`,
        message: `expected a whole number, none (any number) or default (what the configuration says), found '${text}'`,
      })
  }
  return { change, problems }
}

function limitOf(text: string): number | null | undefined {
  if (text === 'default') return null
  if (text === 'none') return 0
  // 60_000 is how the configuration may write it, too.
  const digits = text.replaceAll('_', '')
  return /^\d+$/.test(digits) && Number(digits) <= largest ? Number(digits) : undefined
}

/** Limits as a new key has them. */
export const limitsIn = (change: KeyLimitChange): KeyLimits =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null))
