import { ModelFiles } from '../model-file.ts'
import type { ModelProblem } from '../registry.ts'
import type { AliasFile } from './alias-file.ts'
import type { RegistryOptions } from './registry-options.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'

/** So long a model that was found is believed to be there: looking takes threads of the pool, and some milliseconds. */
const believedMilliseconds = 1000

/** Looks at the disk, once for all who ask meanwhile, and remembers for a moment what it saw. */
export class Looker {
  readonly #options: RegistryOptions
  readonly #aliases: AliasFile
  readonly #files = new ModelFiles()
  readonly #reported = new Set<string>()
  #running: Promise<Snapshot> | undefined
  /** Counts what is known to have changed on the disk. */
  #changes = 0
  #last: { readonly snapshot: Snapshot; readonly lookedAt: number } | undefined

  constructor(options: RegistryOptions, aliases: AliasFile) {
    this.#options = options
    this.#aliases = aliases
  }

  /** Never rejects. */
  look(): Promise<Snapshot> {
    if (this.#running) return this.#running
    const running = this.#lookNow().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  /** What was seen less than a second ago. */
  believed(): Snapshot | undefined {
    return this.#last && this.#now() - this.#last.lookedAt < believedMilliseconds ? this.#last.snapshot : undefined
  }

  /** The disk has changed: whoever asks from now on gets what is there from now on, and not from a look that has begun. */
  forget(): void {
    this.#changes += 1
    this.#running = undefined
    this.#last = undefined
  }

  #now(): number {
    return (this.#options.now ?? (() => performance.now()))()
  }

  async #lookNow(): Promise<Snapshot> {
    const [lookedAt, changes] = [this.#now(), this.#changes]
    const snapshot = await takeSnapshot(this.#options, this.#files, await this.#aliases.read())
    this.#reportNew(snapshot.problems)
    if (changes === this.#changes) this.#last = { snapshot, lookedAt }
    return snapshot
  }

  #reportNew(problems: readonly ModelProblem[]): void {
    for (const { id, path, problem } of problems) {
      const key = `${path}: ${problem}`
      if (this.#reported.has(key)) continue
      this.#reported.add(key)
      this.#options.log.warn(`The model '${id}' cannot be used: ${problem}.`, { path })
    }
  }
}
