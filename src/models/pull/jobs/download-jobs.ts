import { createHash } from 'node:crypto'
import { messageOf, ServerError } from '../../../core/errors.ts'
import type { Downloads, DownloadView, PullRequest, RemoteModel } from '../../downloads.ts'
import type { ModelLog } from '../../model-log.ts'
import { parseReference } from '../parse-reference.ts'
import { formatReference, type Reference } from '../reference.ts'
import { DownloadJob, isRunning, type JobParts } from './download-job.ts'
import { DownloadRecords } from './download-records.ts'
import type { ModelFetcher } from './fetch-model.ts'
import { watchJob } from './watch-job.ts'

export interface DownloadJobsOptions {
  /** Where what is not done is remembered. */
  readonly modelsDir: string
  readonly fetcher: ModelFetcher
  /** Throws `model_not_found` for what there is surely not, without asking anybody. */
  readonly check: (reference: Reference) => void
  readonly log: ModelLog
  /** Called when the downloads are closed, before they stop. */
  readonly onClose?: () => void
  /** Called whenever a model has come, before anybody is told so. */
  readonly onDone?: () => void
  /** Seconds since 1970. */
  readonly now?: () => number
}

/** Lines of downloads that ended; older ones are forgotten. */
const ENDED_LIMIT = 100
/** Downloads that run, wait or are paused: each has a file and some memory. */
const UNFINISHED_LIMIT = 100

/** The downloads of this process, and those that earlier ones have left in the models folder, which are paused. */
export class DownloadJobs implements Downloads {
  readonly #options: DownloadJobsOptions
  readonly #records: DownloadRecords
  readonly #parts: JobParts
  /** The eldest first. */
  readonly #jobs = new Map<string, DownloadJob>()
  /** What is being written of each job: its records reach the disk in their order. */
  readonly #writing = new Map<string, Promise<void>>()
  #isClosed = false

  private constructor(options: DownloadJobsOptions) {
    this.#options = options
    this.#records = new DownloadRecords(options.modelsDir)
    this.#parts = {
      fetcher: options.fetcher,
      now: options.now ?? (() => Date.now() / 1000),
      ...(options.onDone && { onDone: options.onDone }),
      keep: (id, record) => this.#write(id, () => (record ? this.#records.save(record) : this.#records.remove(id))),
    }
  }

  static async open(options: DownloadJobsOptions): Promise<DownloadJobs> {
    const jobs = new DownloadJobs(options)
    for (const record of await jobs.#records.read()) {
      try {
        jobs.#jobs.set(record.id, await DownloadJob.restore(record, jobs.#parts))
      } catch (error) {
        // A record that somebody else has written keeps no server from starting.
        options.log.warn(`The download ${record.id} is not known any more: ${messageOf(error)}.`)
      }
    }
    return jobs
  }

  async start(request: PullRequest): Promise<DownloadView> {
    const reference = parseReference(request.model)
    checkSum(request.sha256)
    this.#options.check(reference)
    this.#refuseIfClosed()
    const id = idOf(reference)
    const known = this.#jobs.get(id)
    if (known && isRunning(known.state)) return joined(known, request)
    // What was asked for last counts: it may be forced now, or have a sum. What is paused goes on with just the files that it
    // found; what failed is looked up anew, since it may have been mended there.
    const isGoingOn = known?.state === 'paused' && isSame(known.request, request)
    if (!known) this.#refuseIfMany()
    const job = isGoingOn ? known : new DownloadJob(id, request, this.#parts)
    this.#jobs.delete(id)
    this.#jobs.set(id, job)
    await job.begin()
    this.#forgetOld()
    return job.view()
  }

  async inspect(model: string, signal: AbortSignal): Promise<RemoteModel | undefined> {
    const reference = parseReference(model)
    this.#options.check(reference)
    return this.#options.fetcher.inspect(model, reference, signal)
  }

  list(): readonly DownloadView[] {
    return [...this.#jobs.values()].reverse().map((job) => job.view())
  }

  async pause(id: string): Promise<DownloadView> {
    const job = this.#find(id)
    await job.stop()
    return job.view()
  }

  async resume(id: string): Promise<DownloadView> {
    const job = this.#find(id)
    this.#refuseIfClosed()
    if (!isRunning(job.state) && job.state !== 'done') await job.begin()
    return job.view()
  }

  async cancel(id: string): Promise<DownloadView> {
    const job = this.#find(id)
    await job.cancel()
    if (job.state === 'done') this.#jobs.delete(id)
    return job.view()
  }

  watch(id: string, signal: AbortSignal): AsyncIterable<DownloadView> {
    return watchJob(this.#find(id), signal)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#options.onClose?.()
    await Promise.all([...this.#jobs.values()].map((job) => job.stop()))
    await Promise.all(this.#writing.values())
  }

  #find(id: string): DownloadJob {
    const job = this.#jobs.get(id)
    if (job) return job
    throw new ServerError('download_not_found', { param: 'id', download: id.slice(0, 200) })
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw new ServerError('shutting_down', {})
  }

  #refuseIfMany(): void {
    const unfinished = [...this.#jobs.values()].filter(({ state }) => isRunning(state) || state === 'paused').length
    if (unfinished < UNFINISHED_LIMIT) return
    throw new ServerError('too_many_downloads', { param: 'model', unfinished, retryAfterSeconds: 60 })
  }

  #forgetOld(): void {
    const ended = [...this.#jobs.values()].filter(({ state }) => !isRunning(state) && state !== 'paused')
    for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_LIMIT))) {
      this.#jobs.delete(id)
      // What failed has a record, and what is here of it: a new pull goes on with that.
      void this.#write(id, () => this.#records.remove(id))
    }
  }

  /** Never rejects: a download whose record cannot be written goes on, and is not known after the next start. */
  #write(id: string, write: () => Promise<void>): Promise<void> {
    const written = (this.#writing.get(id) ?? Promise.resolve()).then(write).catch((error: unknown) => {
      this.#options.log.warn(`The download ${id} will not be known after the next start: ${messageOf(error)}.`)
    })
    this.#writing.set(id, written)
    void written.then(() => {
      if (this.#writing.get(id) === written) this.#writing.delete(id)
    })
    return written
  }
}

/** The same for whatever means the same, so that two pulls of it are one, before and after a start of the server. */
function idOf(reference: Reference): string {
  const name = formatReference(reference)
  const plain = reference.type === 'address' ? name : name.toLowerCase()
  return `download-${createHash('sha256').update(plain).digest('hex').slice(0, 16)}`
}

/** A sum that nobody checks would be worse than none. */
function joined(job: DownloadJob, { sha256 }: PullRequest): DownloadView {
  if (sha256 === undefined || sha256.toLowerCase() === job.request.sha256?.toLowerCase()) return job.view()
  const problem = 'this model is being fetched without it; wait for that download, or cancel it'
  throw new ServerError('invalid_parameter', { param: 'sha256', problem })
}

const isSame = (left: PullRequest, right: PullRequest) =>
  left.sha256?.toLowerCase() === right.sha256?.toLowerCase() && (left.isForced ?? false) === (right.isForced ?? false)

function checkSum(sha256: string | undefined): void {
  if (sha256 === undefined || /^[0-9a-f]{64}$/i.test(sha256)) return
  throw new ServerError('invalid_parameter', { param: 'sha256', problem: 'it is not 64 hexadecimal digits' })
}
