import { setTimeout as wait } from 'node:timers/promises'
import type { ModelFiles } from '../model-file.ts'
import type { ModelProblem } from '../registry.ts'
import type { AliasFile } from './alias-file.ts'
import type { Snapshot } from './build-snapshot.ts'
import type { RegistryMemory } from './registry-memory.ts'
import type { RegistryOptions } from './registry-options.ts'
import { SnapshotTaker } from './take-snapshot.ts'

/** So long what was seen is believed; and where looking takes long, so many times as long as it took. */
const believedMilliseconds = 1000
const believedShare = 20
/** A look that takes longer than that is not begun again for an unknown name before three times as long has passed. */
const cheapMilliseconds = 25
const restShare = 3

/** A snapshot, and how far it can be believed. */
export interface Seen {
  readonly snapshot: Snapshot
  readonly isFresh: boolean
}

interface RunningLook {
  readonly whole: Promise<Snapshot>
  /** What is known before the rest, where there is a rest; otherwise it never settles. */
  readonly early: Promise<Snapshot>
}

interface LookerParts extends Pick<RegistryMemory, 'files' | 'reported'> {
  readonly aliases: AliasFile
}

/** Looks at the disk, once for all who ask meanwhile, and remembers what it saw. */
export class Looker {
  readonly #options: RegistryOptions
  readonly #taker: SnapshotTaker
  readonly #files: ModelFiles
  readonly #reported: LookerParts['reported']
  #running: RunningLook | undefined
  #resting: Promise<Snapshot> | undefined
  /** Counts what is known to have changed on the disk. */
  #changes = 0
  #last: { readonly snapshot: Snapshot; readonly lookedAt: number; readonly tookMilliseconds: number } | undefined

  constructor(options: RegistryOptions, { aliases, files, reported }: LookerParts) {
    this.#options = options
    this.#files = files
    this.#reported = reported
    this.#taker = new SnapshotTaker(options, { files, aliases })
  }

  /** Never rejects. */
  look(): Promise<Snapshot> {
    return this.#run().whole
  }

  /**
   * For a name that is not known: whoever asks for such makes us look each time, and thousands of files would keep a processor
   * busy. So where looking takes long it waits, and all who ask meanwhile wait for the same look.
   */
  lookWithPatience(): Promise<Snapshot> {
    const { lookedAt = 0, tookMilliseconds = 0 } = this.#last ?? {}
    const rest = lookedAt + tookMilliseconds * (1 + restShare) - this.#now()
    if (tookMilliseconds <= cheapMilliseconds || rest <= 0) return this.look()
    this.#resting ??= wait(rest).then(() => {
      this.#resting = undefined
      return this.look()
    })
    return this.#resting
  }

  /**
   * What the settings name and what is in the models folder itself, where nothing was seen before: it is known before all the
   * rest is. `undefined` where something was seen.
   */
  async lookAtOwn(): Promise<Snapshot | undefined> {
    if (this.#last) return undefined
    const { whole, early } = this.#run()
    return Promise.race([early, whole])
  }

  /** What was seen last. */
  seen(): Seen | undefined {
    if (!this.#last) return undefined
    const { snapshot, lookedAt, tookMilliseconds } = this.#last
    const believed = Math.max(believedMilliseconds, tookMilliseconds * believedShare)
    return { snapshot, isFresh: this.#now() - lookedAt < believed }
  }

  /** Whether the files of a model are as they were when it was seen: that takes no look at all the others. */
  isUnchanged(path: string): Promise<boolean> {
    return this.#files.isUnchanged(path)
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

  #run(): RunningLook {
    if (this.#running) return this.#running
    const { promise: early, resolve } = Promise.withResolvers<Snapshot>()
    const whole = this.#lookNow(resolve).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    const running = { early, whole }
    this.#running = running
    return running
  }

  async #lookNow(onEarly: (snapshot: Snapshot) => void): Promise<Snapshot> {
    const [lookedAt, changes] = [this.#now(), this.#changes]
    const snapshot = await this.#taker.take(onEarly)
    this.#reportNew(snapshot.problems)
    if (changes === this.#changes) this.#last = { snapshot, lookedAt, tookMilliseconds: this.#now() - lookedAt }
    return snapshot
  }

  #reportNew(problems: readonly ModelProblem[]): void {
    const { log } = this.#options
    const before = this.#reported.problems
    // A file that is being copied is truncated in another way each time; one that was whole for a while is told again.
    this.#reported.problems = new Map(problems.map(({ path, problem }) => [path, problem.replaceAll(/\d+/g, '0')]))
    for (const { id, path, problem, isFolder, store } of problems) {
      if (before.get(path) === this.#reported.problems.get(path)) continue
      if (isFolder) log.warn(`Nothing is taken from ${path}: ${problem}.`)
      else if (store) log.info(`The model '${id}' of another program cannot be used: ${problem}.`, { path })
      else log.warn(`The model '${id}' cannot be used: ${problem}.`, { path })
    }
  }
}
