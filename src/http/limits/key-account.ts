import { ServerError } from '../../core/errors.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { untilTomorrow } from '../../store/key-usage.ts'
import type { UsageLedger } from '../../store/usage-ledger.ts'
import type { Limits } from '../services.ts'
import { neverCame, type Rate, roomOf, take, untilFull, waitOf } from './cell-rate.ts'
import { ChargedStatistics, type RequestStatistics, type UsedTokens } from './charged-statistics.ts'
import { durationText } from './duration-text.ts'

/** Limits of keys that have none of their own. 0: any number. */
export type DefaultLimits = Pick<Limits, 'requestsPerMinute' | 'tokensPerMinute'>

export interface KeyAccountParts {
  readonly key: ApiKey
  readonly ledger: UsageLedger
  readonly statistics: RequestStatistics
  defaults(): DefaultLimits
  /** Milliseconds since 1970, for days. */
  now(): number
  /** Milliseconds of a clock that never goes back, for rates. */
  clock(): number
}

/** How one limit of a key stands. */
interface Standing {
  /** As a header has it: `requests`, `tokens`, `tokens-day`. */
  readonly unit: string
  /** As in `60 requests a minute`. */
  readonly what: string
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until all of it may be used again, and until some of it may. */
  readonly resetMilliseconds: number
  readonly waitMilliseconds: number
}

/**
 * What one key may use, and has used. Rates are kept in this process alone: they begin anew with it, and two servers that share
 * a file each grant them. Tokens are known only once they were used, so requests that run at once may go over a limit together;
 * what went over a rate is owed and makes the next request wait for longer.
 */
export class KeyAccount {
  /** What routes report to: what they report is charged to the key. */
  readonly statistics: RequestStatistics
  readonly #parts: KeyAccountParts
  /** As it was when it was shown last: its limits may change. */
  #key: ApiKey
  #requestsDue = neverCame
  #tokensDue = neverCame

  constructor(parts: KeyAccountParts) {
    this.#parts = parts
    this.#key = parts.key
    this.statistics = new ChargedStatistics(parts.statistics, this)
  }

  /** The key was shown again. */
  renew(key: ApiKey): this {
    this.#key = key
    return this
  }

  /** Counts a request, or throws `rate_limited` and counts nothing against the limits. */
  admit(): void {
    const [reached] = this.#standings()
      .filter(({ waitMilliseconds }) => waitMilliseconds > 0)
      .sort((a, b) => b.waitMilliseconds - a.waitMilliseconds)
    if (reached) {
      this.#parts.ledger.add(this.#key.id, '', { refused: 1 })
      const retryAfterSeconds = reached.waitMilliseconds / 1000
      throw new ServerError('rate_limited', { key: this.#key.name, what: reached.what, retryAfterSeconds })
    }
    const rate = this.#rate('requestsPerMinute')
    if (rate) this.#requestsDue = take(this.#requestsDue, 1, { rate, now: this.#parts.clock() })
  }

  /** Tokens that a model has read and written for this key. */
  charge(model: string, used: UsedTokens): void {
    const { promptTokens = 0, completionTokens = 0, embeddedTokens = 0 } = used
    const rate = this.#rate('tokensPerMinute')
    const tokens = promptTokens + completionTokens + embeddedTokens
    if (rate) this.#tokensDue = take(this.#tokensDue, tokens, { rate, now: this.#parts.clock() })
    this.#parts.ledger.add(this.#key.id, model, { promptTokens, completionTokens, embeddedTokens })
  }

  /** A request that was let in is over. What failed may name models that nobody has: those names are not kept. */
  ended({ model, hasFailed }: { model: string | undefined; hasFailed: boolean }): void {
    const name = hasFailed ? '' : (model ?? '')
    this.#parts.ledger.add(this.#key.id, name, { requests: 1, errors: Number(hasFailed) })
  }

  /**
   * OpenAI's headers, for each limit that the key has; that of the day as Cerebras has it. Tokens of the answer that these stand
   * on are not among what was used yet.
   */
  headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.#standings().flatMap(({ unit, limit, remaining, resetMilliseconds }) => [
        [`x-ratelimit-limit-${unit}`, String(limit)],
        [`x-ratelimit-remaining-${unit}`, String(remaining)],
        [`x-ratelimit-reset-${unit}`, durationText(resetMilliseconds)],
      ]),
    )
  }

  /** Whether nothing would be forgotten with it. */
  isAtRest(): boolean {
    const now = this.#parts.clock()
    return this.#requestsDue <= now && this.#tokensDue <= now
  }

  #standings(): readonly Standing[] {
    const now = this.#parts.clock()
    const rates = [
      { unit: 'requests', due: this.#requestsDue, rate: this.#rate('requestsPerMinute') },
      { unit: 'tokens', due: this.#tokensDue, rate: this.#rate('tokensPerMinute') },
    ]
    return [
      ...rates.flatMap(({ unit, due, rate }) => {
        if (!rate) return []
        return {
          unit,
          what: `${rate.limit} ${unit} a minute`,
          limit: rate.limit,
          remaining: roomOf(due, { rate, now }),
          resetMilliseconds: untilFull(due, now),
          waitMilliseconds: waitOf(due, { rate, now }),
        }
      }),
      ...this.#daily(),
    ]
  }

  #daily(): readonly Standing[] {
    const limit = this.#key.limits?.tokensPerDay ?? 0
    if (limit === 0) return []
    const remaining = Math.max(0, limit - this.#parts.ledger.tokensToday(this.#key.id))
    const rest = untilTomorrow(this.#parts.now())
    const waitMilliseconds = remaining > 0 ? 0 : rest
    const what = `${limit} tokens a day (UTC)`
    return [{ unit: 'tokens-day', what, limit, remaining, resetMilliseconds: rest, waitMilliseconds }]
  }

  #rate(name: keyof DefaultLimits): Rate | undefined {
    const limit = this.#key.limits?.[name] ?? this.#parts.defaults()[name]
    return limit === 0 ? undefined : { limit, periodMilliseconds: 60_000 }
  }
}
