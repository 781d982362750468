/** What stands in place of a value once there are too many. */
export const otherLabel = 'other'

/**
 * Values of labels, of which the first so many are told apart: each is a series that whoever scrapes keeps for ever. Those that
 * come later are `other`.
 */
export class LabelLimit {
  readonly #known = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  has(value: string): boolean {
    return this.#known.has(value)
  }

  /** The value itself, or `other`. The empty value is always told apart. */
  keep(value: string): string {
    if (value === '' || this.#known.has(value)) return value
    if (this.#known.size >= this.#most) return otherLabel
    this.#known.add(value)
    return value
  }
}
