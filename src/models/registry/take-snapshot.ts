import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFiles, ReadModelFile } from '../model-file.ts'
import type { ReadAliases } from './alias-file.ts'
import { buildSnapshot, type Snapshot } from './build-snapshot.ts'
import { type Candidate, findCandidates } from './candidates.ts'
import type { RegistryOptions } from './registry-options.ts'

/** What a look works with. */
export interface LookCall {
  readonly options: RegistryOptions
  readonly files: ModelFiles
  readonly given: ReadAliases
  /**
   * Called once the models of the settings and of the models folder are known, where others come after them: heads of hundreds
   * of files take seconds when they are read for the first time.
   */
  readonly onEarly?: (snapshot: Snapshot) => void
}

/** Heads that are read at once: each takes a megabyte, and a turn at the disk. */
const readersAtOnce = 8

/** Looks at the disk: cheap where nothing has changed since `files` looked last. */
export async function takeSnapshot({ options, files, given, onEarly }: LookCall): Promise<Snapshot> {
  const { candidates, problems } = await findCandidates(options)
  const first = candidates.filter(({ longId }) => longId === undefined)
  const reads = new Map<Candidate, ReadModelFile>()
  await readAll(first, files, reads)
  if (onEarly && first.length < candidates.length)
    onEarly(buildSnapshot({ candidates: first, problems, reads, options, given }))
  await readAll(candidates, files, reads)
  files.keepOnly(new Set(candidates.map(({ path }) => path)))
  return buildSnapshot({ candidates, problems, reads, options, given })
}

async function readAll(candidates: readonly Candidate[], files: ModelFiles, reads: Map<Candidate, ReadModelFile>) {
  const waiting = candidates.values()
  const readSome = async () => {
    for (const candidate of waiting) {
      if (reads.has(candidate)) continue
      const { problem, path } = candidate
      reads.set(
        candidate,
        problem === undefined ? await files.read(path) : { result: new HeaderProblem('damaged', problem) },
      )
    }
  }
  await Promise.all(Array.from({ length: readersAtOnce }, readSome))
}
