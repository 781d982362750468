import type { ApiKeyStore } from './api-keys.ts'
import {
  dayOf,
  firstDayOf,
  type KeyUsage,
  keptUsageDays,
  noUse,
  sumOfUse,
  tokensOf,
  type UsageCounts,
  type UsageQuestion,
} from './key-usage.ts'

/**
 * Counts what keys use, in memory at first: requests never wait for the disk. What was counted is written some seconds later, and
 * when the ledger is disposed of; a process that is killed loses what was not written yet.
 */
export interface UsageLedger extends Disposable {
  /** Counts for today; nothing once it is disposed of. */
  add(key: string, model: string, counts: Partial<UsageCounts>): void
  /** Tokens that a key has used today, in this process and, as of the last writing, in others that have the same file. */
  tokensToday(key: string): number
  /** With what is not written yet. Throws `keys_unavailable`. */
  list(question: UsageQuestion): readonly KeyUsage[]
  /** Writes what is not written yet. Never throws: what could not be written is tried again later. */
  flush(): void
}

export interface UsageLedgerOptions {
  readonly store: Pick<ApiKeyStore, 'addUsage' | 'usage'>
  /** Milliseconds since 1970. */
  now(): number
  /** Hears why use could not be written, once until it could be again. */
  onProblem(problem: unknown): void
}

/** Makes the ledger. Nothing is read or written before the first use. */
export const createUsageLedger = (options: UsageLedgerOptions): UsageLedger => new BatchedLedger(options)

/** What is counted waits so long for more. */
export const flushMilliseconds = 2000

/** Some providers take any name for a model: clients shall not fill the file with names. More than these are one. */
const mostModels = 256
const longestName = 256
export const otherModels = 'other models'

interface Today {
  readonly day: string
  /** By keys, of those that were asked for. */
  readonly tokens: Map<string, number>
  /** By keys. */
  readonly models: Map<string, Set<string>>
}

class BatchedLedger implements UsageLedger {
  readonly #options: UsageLedgerOptions
  /** By day, key and model. As many as there are of these, however many requests come. */
  #unwritten = new Map<string, KeyUsage>()
  #today: Today = { day: '', tokens: new Map(), models: new Map() }
  #writing: NodeJS.Timeout | undefined
  #hasFailed = false
  #isClosed = false

  constructor(options: UsageLedgerOptions) {
    this.#options = options
  }

  add(key: string, named: string, counts: Partial<UsageCounts>): void {
    // Nobody would write it, or whoever did would open the file anew.
    if (this.#isClosed) return
    const day = dayOf(this.#options.now())
    const { tokens, models } = this.#of(day)
    const model = this.#nameOf(named, models, key)
    const name = [day, key, model].join('\n')
    const added = sumOfUse(this.#unwritten.get(name) ?? noUse, { ...noUse, ...counts })
    this.#unwritten.set(name, { day, key, model, ...added })
    const before = tokens.get(key)
    if (before !== undefined) tokens.set(key, before + tokensOf({ ...noUse, ...counts }))
    this.#writing ??= setTimeout(() => this.flush(), flushMilliseconds)
    this.#writing.unref?.()
  }

  tokensToday(key: string): number {
    const day = dayOf(this.#options.now())
    const { tokens } = this.#of(day)
    const known = tokens.get(key)
    if (known !== undefined) return known
    const found = this.list({ from: day, key }).reduce((sum, use) => sum + tokensOf(use), 0)
    tokens.set(key, found)
    return found
  }

  list(question: UsageQuestion): readonly KeyUsage[] {
    const found = new Map<string, KeyUsage>()
    const fresh = [...this.#unwritten.values()].filter(
      ({ day, key }) => day >= question.from && (question.key ?? key) === key,
    )
    for (const use of [...this.#options.store.usage(question), ...fresh]) {
      const name = [use.day, use.key, use.model].join('\n')
      found.set(name, { ...use, ...sumOfUse(found.get(name) ?? noUse, use) })
    }
    return [...found.values()].sort(byDay)
  }

  flush(): void {
    clearTimeout(this.#writing)
    this.#writing = undefined
    if (this.#unwritten.size === 0) return
    const { store, now, onProblem } = this.#options
    try {
      store.addUsage([...this.#unwritten.values()], firstDayOf(keptUsageDays, now()))
      this.#unwritten = new Map()
      // Others may have written, too: what is asked for again is read again.
      this.#today.tokens.clear()
      this.#hasFailed = false
    } catch (error) {
      if (!this.#hasFailed) onProblem(error)
      this.#hasFailed = true
      this.#writing = setTimeout(() => this.flush(), flushMilliseconds)
      this.#writing.unref?.()
    }
  }

  [Symbol.dispose](): void {
    this.flush()
    clearTimeout(this.#writing)
    this.#isClosed = true
  }

  #of(day: string): Today {
    if (this.#today.day !== day) this.#today = { day, tokens: new Map(), models: new Map() }
    return this.#today
  }

  #nameOf(model: string, models: Today['models'], key: string): string {
    const known = models.get(key) ?? new Set()
    if (known.has(model)) return model
    if (known.size >= mostModels || model.length > longestName) return otherModels
    models.set(key, known.add(model))
    return model
  }
}

const byDay = (a: KeyUsage, b: KeyUsage): number =>
  compare(b.day, a.day) || compare(a.key, b.key) || compare(a.model, b.model)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
