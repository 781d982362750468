/** Labels and their values. */
export type Labels = Readonly<Record<string, string | number>>

/** One series of a counter, or those of one histogram: plain numbers, for counting is done in the middle of requests. */
export class Cell {
  /** As they stand in the text: `model="a",key="b"`. Written once. */
  readonly labels: string
  /** Of a counter its value, of a histogram the sum of what was observed. */
  value = 0
  /** Of a histogram: how many fell into each bucket, not cumulated, and behind the last bound. */
  readonly counts: number[] | undefined
  readonly #bounds: readonly number[]

  /** `bounds`: upper ones of a histogram's buckets, ascending; absent: a counter. */
  constructor(labels: Labels, bounds?: readonly number[]) {
    this.labels = labelText(labels)
    this.#bounds = bounds ?? []
    this.counts = bounds && new Array<number>(bounds.length + 1).fill(0)
  }

  /**
   * Adds to a counter, or observes a value of a histogram. Less than nothing is nothing, and so is what is no
   * number: clocks may be set back, and providers tell what they want.
   */
  add(value: number): void {
    const counted = Number.isFinite(value) ? Math.max(value, 0) : 0
    this.value += counted
    if (!this.counts) return
    const bucket = this.#bucketOf(counted)
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
  }

  #bucketOf(value: number): number {
    let bucket = 0
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++
    return bucket
  }
}

/** Labels as Prometheus reads them, one line whatever is in them. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(',')
}

const escapeLabel = (text: string): string =>
  text.replace(/[\\\n"]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))
