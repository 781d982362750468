import { messageOf, reviveError, ServerError } from '../../../core/errors.ts'
import type { DownloadState, DownloadView, PullRequest } from '../../downloads.ts'
import { parseReference } from '../parse-reference.ts'
import { ProgressMeter } from '../progress-meter.ts'
import { withoutSecrets } from '../reference.ts'
import type { DownloadRecord } from './download-records.ts'
import type { FetchedModel, ModelFetcher, ResolvedModel } from './fetch-model.ts'

export interface JobParts {
  readonly fetcher: ModelFetcher
  /** Seconds since 1970. */
  readonly now: () => number
  /** Keeps what is known of the job for the next start; `undefined`: there is nothing to go on with any more. */
  readonly keep: (id: string, record: DownloadRecord | undefined) => Promise<void>
  /** A model has come, before anybody is told so. */
  readonly onDone?: () => void
}

const running: ReadonlySet<DownloadState> = new Set(['waiting', 'resolving', 'downloading', 'verifying', 'converting'])

/** Whether a state goes over into another one by itself. */
export const isRunning = (state: DownloadState): boolean => running.has(state)

/** One download, from its request to its end, and as often as it is told to go on. */
export class DownloadJob {
  readonly id: string
  readonly request: PullRequest
  readonly #parts: JobParts
  readonly #listeners = new Set<() => void>()
  #state: DownloadState = 'paused'
  #model: ResolvedModel | undefined
  #bytes: number[] = []
  #totals: (number | undefined)[] = []
  #meter = new ProgressMeter()
  #summed: DownloadView['verifying']
  #startedSeconds: number
  #endedSeconds: number | undefined
  #error: ServerError | undefined
  #result: FetchedModel | undefined
  #run: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined

  constructor(id: string, request: PullRequest, parts: JobParts) {
    this.id = id
    this.request = request
    this.#parts = parts
    this.#startedSeconds = parts.now()
  }

  /** A download that an earlier process left, paused or failed. */
  static async restore(record: DownloadRecord, parts: JobParts): Promise<DownloadJob> {
    const { id, model, sha256, isForced, pinned, files, error } = record
    const request = { model, ...(sha256 && { sha256 }), ...(isForced && { isForced }) }
    const job = new DownloadJob(id, request, parts)
    if (pinned !== undefined) {
      const { resolved = model, modelId = '' } = record
      job.#take({ pinned, resolved, modelId, files })
      job.#bytes = await Promise.all(files.map(({ name }) => parts.fetcher.bytesOf(name)))
    }
    job.#startedSeconds = record.startedSeconds
    job.#endedSeconds = record.endedSeconds
    if (error) job.#error = reviveError(error)
    job.#state = error ? 'failed' : 'paused'
    return job
  }

  get state(): DownloadState {
    return this.#state
  }

  /** As it was asked for, or as it was found to be: names by which the same download may be asked for again. */
  get resolved(): string | undefined {
    return this.#model?.resolved
  }

  /** Called whenever the view has changed; ends with the disposal of what is returned. */
  listen(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  view(): DownloadView {
    const model = this.#model
    const files = model?.files.map(({ name }, index) => ({
      name,
      doneBytes: this.#bytes[index] ?? 0,
      ...defined({ totalBytes: this.#totals[index] }),
    }))
    const result = this.#state === 'done' ? this.#result : undefined
    return {
      id: this.id,
      model: withoutSecrets(this.request.model),
      state: this.#state,
      ...(model && { resolved: model.resolved, modelId: model.modelId }),
      doneBytes: sum(this.#bytes),
      ...defined({ totalBytes: this.#totalBytes(), endedSeconds: this.#endedSeconds, error: this.#error }),
      ...(this.#state === 'downloading' && this.#speed()),
      ...(this.#state === 'verifying' && defined({ verifying: this.#summed })),
      files: files ?? [],
      startedSeconds: this.#startedSeconds,
      ...result,
    }
  }

  /** Starts it, or goes on with it; nothing where it runs. Resolves when the next start would know of it. */
  async begin(): Promise<void> {
    if (this.#run) return
    const controller = new AbortController()
    this.#error = undefined
    this.#endedSeconds = undefined
    this.#result = undefined
    this.#change('resolving')
    const kept = this.#keep()
    this.#run = { controller, ended: kept.then(() => this.#work(controller.signal)) }
    await kept
  }

  /** Ends the work and leaves what is here of it. Resolves when nothing moves any more; nothing where it does not run. */
  async stop(): Promise<void> {
    this.#run?.controller.abort(new Stopped('paused'))
    await this.#run?.ended
  }

  /** Ends the work and takes away what is here of it. */
  async cancel(): Promise<void> {
    const run = this.#run
    run?.controller.abort(new Stopped('cancelled'))
    await run?.ended
    if (this.#state === 'done' || this.#state === 'cancelled') return
    await this.#parts.fetcher.discard(this.#model?.files.map(({ name }) => name) ?? [])
    this.#model = undefined
    this.#bytes = []
    this.#totals = []
    this.#error = undefined
    this.#end('cancelled')
    await this.#parts.keep(this.id, undefined)
  }

  /** Resolves when it does not run any more. */
  async ended(): Promise<void> {
    await this.#run?.ended
  }

  async #work(signal: AbortSignal): Promise<void> {
    try {
      this.#result = await this.#parts.fetcher.fetch({
        request: this.request,
        reference: parseReference(this.#model?.pinned ?? this.request.model),
        signal,
        onResolved: (model) => {
          this.#take(model)
          void this.#keep()
          this.#change(this.#state)
        },
        onState: (state) => this.#change(state),
        onBytes: (...facts) => this.#count(...facts),
        onSummed: (doneBytes, totalBytes) => {
          this.#summed = { doneBytes, totalBytes }
          this.#change(this.#state)
        },
      })
      this.#fill()
      await this.#parts.keep(this.id, undefined)
      // Whoever hears of the end finds the model.
      this.#parts.onDone?.()
      this.#end('done')
    } catch (error) {
      if (signal.aborted) return this.#halt(signal.reason)
      this.#error = error instanceof ServerError ? error : this.#wrap(error)
      this.#endedSeconds = this.#parts.now()
      await this.#keep()
      this.#rest('failed')
    }
  }

  /** Of one that is cancelled, whoever watches sees no pause: it ends when nothing is here of it. */
  #halt(reason: unknown): void {
    this.#run = undefined
    if (!(reason instanceof Stopped && reason.to === 'cancelled')) this.#rest('paused')
  }

  /** What the disk says, mostly: no permission, no space, a name that is a folder. */
  #wrap(error: unknown): ServerError {
    const byHand = 'Look at what the message says of the models folder, then pull the model again.'
    const facts = { model: withoutSecrets(this.request.model), problems: [messageOf(error)], byHand }
    return new ServerError('model_pull_failed', facts, { cause: error })
  }

  #take(model: ResolvedModel): void {
    this.#model = model
    this.#bytes = model.files.map((_, index) => this.#bytes[index] ?? 0)
    this.#totals = model.files.map(({ totalBytes }) => totalBytes)
  }

  #count(file: number, doneBytes: number, totalBytes: number | undefined): void {
    this.#bytes[file] = doneBytes
    this.#totals[file] = totalBytes ?? this.#totals[file]
    this.#speed()
    this.#change(this.#state)
  }

  /** Of what comes now: what was here before, and what is only looked at, is no speed. */
  #speed(): Pick<DownloadView, 'bytesPerSecond' | 'secondsLeft'> {
    if (this.#state !== 'downloading') return {}
    const { bytesPerSecond, secondsLeft } = this.#meter.measure(sum(this.#bytes), this.#totalBytes())
    return defined({ bytesPerSecond, secondsLeft })
  }

  /** All of it is here, also what nobody had to count. */
  #fill(): void {
    this.#bytes = this.#bytes.map((bytes, index) => this.#totals[index] ?? bytes)
    this.#totals = [...this.#bytes]
  }

  #totalBytes(): number | undefined {
    const known = this.#totals.filter((total) => total !== undefined)
    return known.length > 0 && known.length === this.#totals.length ? sum(known) : undefined
  }

  #end(state: 'done' | 'cancelled'): void {
    this.#endedSeconds = this.#parts.now()
    this.#rest(state)
  }

  /** From this moment on it can be started again. */
  #rest(state: 'done' | 'failed' | 'cancelled' | 'paused'): void {
    this.#run = undefined
    this.#change(state)
  }

  #change(state: DownloadState): void {
    if (state === 'downloading' && this.#state !== state) this.#meter = new ProgressMeter()
    if (state !== 'verifying') this.#summed = undefined
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  #keep(): Promise<void> {
    const { model, sha256, isForced } = this.request
    const facts = this.#model
    return this.#parts.keep(this.id, {
      id: this.id,
      model,
      ...(sha256 && { sha256 }),
      ...(isForced && { isForced }),
      ...(facts && { pinned: facts.pinned, resolved: facts.resolved, modelId: facts.modelId }),
      files: facts?.files ?? [],
      startedSeconds: this.#startedSeconds,
      ...defined({ endedSeconds: this.#endedSeconds, error: this.#error?.toJSON() }),
    })
  }
}

/** Why a run ended that nothing went wrong with. */
class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly to: 'paused' | 'cancelled'
  constructor(to: 'paused' | 'cancelled') {
    super(`the download was ${to}`)
    this.to = to
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

const defined = <T extends object>(facts: T): Defined<T> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<T>
