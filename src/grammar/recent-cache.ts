/** Keeps the entries that were used last. */
export class RecentCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value; readonly weight: number }>()
  readonly #most: number
  readonly #mostWeight: number
  #weight = 0

  /** So many entries, and of so much weight together; the last one is kept whatever its weight is. */
  constructor(most: number, mostWeight = Number.POSITIVE_INFINITY) {
    this.#most = most
    this.#mostWeight = mostWeight
  }

  get size(): number {
    return this.#entries.size
  }

  *values(): Iterable<Value> {
    for (const { value } of this.#entries.values()) yield value
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: Key, value: Value, weight = 0): void {
    this.#remove(key)
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    while (this.size > this.#most || (this.size > 1 && this.#weight > this.#mostWeight)) this.removeOldest(1)
  }

  removeOldest(count: number): void {
    let left = count
    for (const key of this.#entries.keys()) {
      if (left-- <= 0) return
      this.#remove(key)
    }
  }

  #remove(key: Key): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
