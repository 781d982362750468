import { messageOf } from '../../../core/errors.ts'
import type { Constraint } from '../../../grammar/constraint.ts'
import type { TokenRule } from '../sampling/token-sampler.ts'
import type { TextTokens } from './text-tokens.ts'

/** A grammar that cannot be held on to. The request fails, and nothing else does. */
export class GuideProblem extends Error {
  override readonly name = 'GuideProblem'
}

interface AnswerGuideOptions {
  /** A constraint at the beginning of the answer; called again to go back. */
  readonly begin: () => Constraint
  readonly text: TextTokens
  /** Whether bytes that must come are taken without sampling. */
  readonly predicts: boolean
}

/** What the answer goes on with. */
interface Advance {
  /** Those that were given and allowed, and those that must follow. */
  readonly tokens: readonly number[]
  /** The tokens are the shortest way to an end, from where the answer was: there was no room for those that were given. */
  readonly isClosed: boolean
}

/**
 * Holds an answer to its grammar, also where its tokens run out: it never goes to where what is needed to end does not
 * fit any more. All methods throw a `GuideProblem` when the grammar gives up.
 */
export class AnswerGuide implements TokenRule {
  readonly #options: AnswerGuideOptions
  readonly #taken: number[] = []
  #constraint: Constraint

  constructor(options: AnswerGuideOptions) {
    this.#options = options
    this.#constraint = guarded(() => options.begin())
  }

  allows(token: number): boolean {
    return guarded(() => this.#constraint.allows(token))
  }

  allowedTokens(): Uint32Array {
    return guarded(() => this.#constraint.allowedTokens())
  }

  /** Whether nothing may follow. */
  get isOver(): boolean {
    return guarded(() => this.#constraint.isOver)
  }

  /** Tokens of a shortest way to an end, where so many are not enough for it. */
  missing(room: number): number | undefined {
    return guarded(() => (this.#fits(room) ? undefined : this.#end(this.#constraint).length))
  }

  /**
   * Goes on by tokens, of which there may be none, and by all that must follow them. `room`: tokens that the answer may
   * still have. Nothing where the tokens are not allowed; the guide stays where it is then.
   */
  advance(tokens: readonly number[], room: number): Advance | undefined {
    return guarded(() => {
      if (!this.#acceptAll(tokens)) return undefined
      const forced = this.#force(room - tokens.length)
      const all = [...tokens, ...forced]
      if (this.#fits(room - all.length)) {
        this.#taken.push(...all)
        return { tokens: all, isClosed: false }
      }
      this.#goBack()
      return { tokens: this.#end(this.#constraint), isClosed: true }
    })
  }

  #acceptAll(tokens: readonly number[]): boolean {
    for (const [index, token] of tokens.entries()) {
      if (!this.#constraint.allows(token)) {
        // To go back is to go all the way again from the beginning.
        if (index > 0) this.#goBack()
        return false
      }
      this.#constraint.accept(token)
    }
    return true
  }

  #goBack() {
    this.#constraint = this.#options.begin()
    for (const token of this.#taken) this.#constraint.accept(token)
  }

  /**
   * Accepts the bytes that must come, as tokens; all but the last ones, in whose place the model may want a token that
   * reaches further.
   */
  #force(room: number): number[] {
    const constraint = this.#constraint
    const forced: number[] = []
    while (this.#options.predicts && forced.length < room) {
      const before = forced.length
      const bytes = constraint.forcedBytes()
      for (const [rest, token] of this.#cut(bytes)) {
        if (forced.length >= room || this.#options.text.mayMerge(rest, (each) => constraint.allows(each))) break
        constraint.accept(token)
        forced.push(token)
      }
      if (forced.length === before) break
    }
    return forced
  }

  /** Each token of the bytes, with what is left of them from it on. */
  *#cut(bytes: Uint8Array): Iterable<[rest: Uint8Array, token: number]> {
    if (bytes.length === 0) return
    let at = 0
    for (const token of this.#options.text.cut(bytes)) {
      yield [bytes.subarray(at), token]
      at += this.#options.text.lengthOf(token)
    }
  }

  /** Whether the answer can be ended with so many tokens. No token is needed that has less than a byte. */
  #fits(room: number): boolean {
    const { leastBytes } = this.#constraint
    if (leastBytes <= room) return room >= 0
    return room > 0 && this.#end(this.#constraint).length <= room
  }

  #end(constraint: Constraint): number[] {
    return constraint
      .shortestEnd()
      .flatMap((part) => (typeof part === 'number' ? [part] : this.#options.text.cut(part)))
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new GuideProblem(messageOf(error), { cause: error })
  }
}
