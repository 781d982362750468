/** Keeps the entries that were used last. */
export class RecentCache<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  values(): Iterable<Value> {
    return this.#entries.values()
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#most) this.removeOldest(1)
  }

  removeOldest(count: number): void {
    const oldest = [...this.#entries.keys()].slice(0, count)
    for (const key of oldest) this.#entries.delete(key)
  }
}
