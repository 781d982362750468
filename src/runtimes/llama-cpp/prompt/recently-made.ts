import type { Grammar } from '../../../grammar/grammar.ts'
import { RecentCache } from '../../../grammar/recent-cache.ts'

/** Clients use the same few formats and functions again and again. */
const mostMade = 32
/** What was asked for and what was made of it, in UTF-16 units of JSON, all of them together. */
const mostLetters = 8 * 2 ** 20

/**
 * What was made of plain data, for as long as it is among the last ones that were used: the same object for equal data.
 * The rules of twenty functions take 10 ms to make, on the thread that all answers need.
 */
export class RecentlyMade<Asked, Made extends { readonly grammar?: Grammar }> {
  readonly #make: (asked: Asked) => Made
  readonly #made = new RecentCache<string, Made>(mostMade, mostLetters)

  constructor(make: (asked: Asked) => Made) {
    this.#make = make
  }

  /** Throws what the making throws, each time. */
  of(asked: Asked): Made {
    const key = JSON.stringify(asked)
    const known = this.#made.get(key)
    if (known) return known
    const made = this.#make(asked)
    this.#made.set(key, made, key.length + (made.grammar ? JSON.stringify(made.grammar).length : 0))
    return made
  }
}
