import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFiles, ReadModelFile } from '../model-file.ts'
import type { AliasFile } from './alias-file.ts'
import { buildSnapshot, type Sight, type Snapshot } from './build-snapshot.ts'
import { type Candidate, findEverywhere, toCandidates } from './candidates.ts'
import type { RegistryOptions } from './registry-options.ts'

/** Heads that are read at once: each takes a megabyte, and a turn at the disk and at the processor. */
const readersAtOnce = 4

/** Looks at the disk, and works out anew only what has changed since it looked last: names of thousands take a while. */
export class SnapshotTaker {
  readonly #options: RegistryOptions
  readonly #files: ModelFiles
  readonly #aliases: AliasFile
  #found: { readonly print: string; readonly candidates: readonly Candidate[] } | undefined
  #last: { readonly sight: Sight; readonly print: string; readonly snapshot: Snapshot } | undefined

  constructor(options: RegistryOptions, parts: { readonly files: ModelFiles; readonly aliases: AliasFile }) {
    this.#options = options
    this.#files = parts.files
    this.#aliases = parts.aliases
  }

  /**
   * Never rejects. `onEarly` is called once the models of the settings and of the models folder are known, where others come
   * after them: heads of hundreds of files take seconds when they are read for the first time.
   */
  async take(onEarly: (snapshot: Snapshot) => void): Promise<Snapshot> {
    const options = this.#options
    const [given, { models, problems }] = await Promise.all([this.#aliases.read(), findEverywhere(options)])
    const candidates = this.#candidatesOf(JSON.stringify(models), () => toCandidates(models, options))
    const own = candidates.filter(({ longId }) => longId === undefined)
    const reads = new Map<Candidate, ReadModelFile>()
    await this.#readAll(own, reads)
    if (!this.#last && own.length < candidates.length)
      onEarly(buildSnapshot({ candidates: own, problems, reads, options, given }))
    await this.#readAll(candidates, reads)
    return this.#snapshotOf({ candidates, problems, reads, options, given })
  }

  #candidatesOf(print: string, make: () => readonly Candidate[]): readonly Candidate[] {
    if (this.#found?.print !== print) this.#found = { print, candidates: make() }
    return this.#found.candidates
  }

  #snapshotOf(sight: Sight): Snapshot {
    const print = JSON.stringify([sight.problems, sight.given])
    if (this.#last?.print === print && isSame(this.#last.sight, sight)) return this.#last.snapshot
    this.#files.keepOnly(new Set(sight.candidates.map(({ path }) => path)))
    const snapshot = buildSnapshot(sight)
    this.#last = { sight, print, snapshot }
    return snapshot
  }

  async #readAll(candidates: readonly Candidate[], reads: Map<Candidate, ReadModelFile>): Promise<void> {
    const waiting = candidates.values()
    const readSome = async () => {
      for (const candidate of waiting) if (!reads.has(candidate)) reads.set(candidate, await this.#read(candidate))
    }
    await Promise.all(Array.from({ length: readersAtOnce }, readSome))
  }

  async #read({ problem, path }: Candidate): Promise<ReadModelFile> {
    return problem === undefined ? this.#files.read(path) : { result: new HeaderProblem('damaged', problem) }
  }
}

/** What was read of a file is the same object for as long as the file is the same. */
function isSame(before: Sight, now: Sight): boolean {
  if (before.candidates !== now.candidates) return false
  return now.candidates.every(
    (candidate) =>
      candidate.problem !== undefined || before.reads.get(candidate)?.result === now.reads.get(candidate)?.result,
  )
}
