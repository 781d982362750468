import type { AddressStatus } from '../core/provider.ts'
import { shownAddress } from '../core/provider-address.ts'
import { admission, answered, type Breaker, closedBreaker, entered, failed, succeeded, undecided } from './breaker.ts'
import type { World } from './world.ts'

/** One request at an address. */
export interface Visit {
  /** The head of an answer has come. Answers whether this closed the breaker. */
  answer(): boolean
  /** The answer has come whole. */
  succeed(): void
  /** It has not, or not whole. Answers whether this opened the breaker. */
  fail(problem: string): boolean
  /** It has too much to do, and asks to be left alone for so long. */
  rest(seconds: number): void
  /** The request is over, however it went. A second call does nothing. */
  leave(): void
}

/** Seconds for which others are asked first, whatever an address asks for: its limit may be one model's. */
const longestRest = 60

/** One address of a provider, and how it does. */
export class Address {
  readonly url: string
  /** As it may be told. */
  readonly shown: string
  readonly #world: World
  #breaker: Breaker = closedBreaker
  #busy = 0
  #restsUntil = 0
  readonly #counts = { attempts: 0, retries: 0, failures: 0 }
  #health: { readonly isHealthy: boolean; readonly problem?: string } | undefined

  constructor(url: string, world: World) {
    this.url = url
    this.shown = shownAddress(url)
    this.#world = world
  }

  get busy(): number {
    return this.#busy
  }

  /** The last look at it found nothing wrong, or nobody has looked. */
  get isHealthy(): boolean {
    return this.#health?.isHealthy !== false
  }

  /** It has said that it has too much to do, and its time is not over: others are to be asked first. */
  get isResting(): boolean {
    return this.#world.now() < this.#restsUntil
  }

  get admission(): 'pass' | 'try' | 'no' {
    return admission(this.#breaker, this.#world.now())
  }

  /** Milliseconds until requests may go to it again. */
  get waits(): number {
    return Math.max(0, (this.#breaker.openUntil ?? 0) - this.#world.now())
  }

  /** Why requests are kept off. */
  get problem(): string | undefined {
    return this.#breaker.problem
  }

  /** A request goes out. `isRepeated`: it was sent before. */
  enter({ isRepeated = false }: { readonly isRepeated?: boolean | undefined } = {}): Visit {
    this.#counts.attempts++
    if (isRepeated) this.#counts.retries++
    let isTrial = this.admission === 'try'
    // One that comes although it is kept off tries nothing: nobody would know when it is over.
    if (isTrial) this.#breaker = entered(this.#breaker)
    this.#busy++
    let isOver = false
    return {
      answer: () => {
        isTrial = false
        const wasOpen = this.#breaker.openUntil !== undefined
        this.#breaker = answered(this.#breaker)
        return wasOpen
      },
      succeed: () => {
        this.#breaker = succeeded(this.#breaker)
      },
      fail: (problem) => {
        this.#counts.failures++
        const before = this.#breaker.openUntil
        const { now, chance } = { now: this.#world.now(), chance: this.#world.chance() }
        this.#breaker = failed(this.#breaker, { now, problem, chance, isTrial })
        isTrial = false
        return before === undefined && this.#breaker.openUntil !== undefined
      },
      rest: (seconds) => {
        this.#restsUntil = this.#world.now() + Math.min(seconds, longestRest) * 1000
      },
      leave: () => {
        if (isOver) return
        isOver = true
        this.#busy--
        if (isTrial) this.#breaker = undecided(this.#breaker)
      },
    }
  }

  /** Nobody looks at it any more. */
  forgetHealth(): void {
    this.#health = undefined
  }

  /** What a look at it found; `problem`: what was wrong. Answers whether that is new. */
  noteHealth(problem: string | undefined): boolean {
    const was = this.#health?.isHealthy ?? true
    this.#health = problem === undefined ? { isHealthy: true } : { isHealthy: false, problem }
    return was !== (problem === undefined)
  }

  status(): AddressStatus {
    const { openUntil } = this.#breaker
    const problem = (openUntil !== undefined ? this.#breaker.problem : undefined) ?? this.#health?.problem
    const isWaiting = this.waits > 0
    return {
      address: this.shown,
      breaker: openUntil === undefined ? 'closed' : isWaiting ? 'open' : 'half-open',
      ...(isWaiting && { retrySeconds: Math.ceil(this.waits / 1000) }),
      busy: this.#busy,
      counts: { ...this.#counts },
      ...(this.#health && { isHealthy: this.#health.isHealthy }),
      ...(problem !== undefined && { problem }),
    }
  }
}
