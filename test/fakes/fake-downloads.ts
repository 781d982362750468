import { invalidParameter, ServerError } from '../../src/core/errors.ts'
import type { Downloads, DownloadView, PullRequest, RemoteModel } from '../../src/models/downloads.ts'

const names = ['fake-chat', 'fake-embedding', 'hf:fake/repository:Q4_K_M', 'hf:fake/repository/Fake.gguf']

/**
 * Downloads that come to no bytes: `fake…` models and anything of `hf:fake/repository` are fetched at once when they are
 * started, `hf:fake/slow` is at its half until it is told something, and those of `troubles` fail. `download-done` and
 * `download-paused` are there from the start.
 */
export class FakeDownloads implements Downloads {
  readonly #views = new Map<string, DownloadView>()
  readonly #listeners = new Set<() => void>()

  constructor() {
    this.#set(viewOf('download-done', 'fake-chat', 'done'))
    this.#set(viewOf('download-paused', 'hf:fake/slow', 'paused'))
  }

  async start({ model }: PullRequest): Promise<DownloadView> {
    if (model.trim() === '') throw invalidParameter('model', 'it is empty')
    if (!names.includes(model) && !model.startsWith('hf:fake/'))
      throw new ServerError('model_not_found', { param: 'model', model })
    if (model === 'hf:fake/many')
      throw new ServerError('too_many_downloads', { param: 'model', unfinished: 100, retryAfterSeconds: 60 })
    const known = this.list().find((view) => view.model === model && view.state === 'downloading')
    if (known) return known
    if (model === 'hf:fake/slow') return this.#set(viewOf('download-slow', model, 'downloading'))
    if (troubles[model]) return this.#set(viewOf(`download-${model.slice(8)}`, model, 'failed'))
    return this.#set(viewOf('download-new', model, 'done'))
  }

  /** Everything of `hf:fake/` is a llama of 64 MB, but `hf:fake/alien`, which is of no known kind, and `hf:fake/giant`. */
  async inspect(model: string): Promise<RemoteModel | undefined> {
    if (!model.startsWith('hf:fake/')) throw new ServerError('model_not_found', { param: 'model', model })
    const trouble = troubles[model]?.(model)
    if (trouble && !['model_incompatible', 'model_too_large', 'disk_full'].includes(trouble.code)) throw trouble
    const bytes = model === 'hf:fake/giant' ? 2e12 : 64_000_000
    const architecture = model === 'hf:fake/alien' ? 'alien' : 'llama'
    const header = { architecture, tensorBytes: bytes, trainedContextSize: 4096 }
    return { resolved: `${model}/Fake.gguf`, modelId: 'Fake', header, fileBytes: bytes }
  }

  list(): readonly DownloadView[] {
    return [...this.#views.values()].reverse()
  }

  async pause(id: string): Promise<DownloadView> {
    const view = this.#find(id)
    return view.state === 'downloading' ? this.#set({ ...view, state: 'paused' }) : view
  }

  async resume(id: string): Promise<DownloadView> {
    const view = this.#find(id)
    if (view.state === 'done' || view.state === 'downloading') return view
    return this.#set(viewOf(id, view.model, 'downloading'))
  }

  async cancel(id: string): Promise<DownloadView> {
    const view = this.#find(id)
    if (view.state === 'done') this.#views.delete(id)
    else this.#set(viewOf(id, view.model, 'cancelled'))
    return this.#views.get(id) ?? view
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<DownloadView> {
    this.#find(id)
    for (;;) {
      const changed = Promise.withResolvers<void>()
      const wake = () => changed.resolve()
      this.#listeners.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      try {
        const view = this.#find(id)
        yield view
        if (view.state !== 'downloading' || signal.aborted) return
        await changed.promise
        if (signal.aborted) return
      } finally {
        this.#listeners.delete(wake)
        signal.removeEventListener('abort', wake)
      }
    }
  }

  async close(): Promise<void> {
    for (const { id } of this.list()) await this.pause(id)
  }

  #find(id: string): DownloadView {
    const view = this.#views.get(id)
    if (view) return view
    throw new ServerError('download_not_found', { param: 'id', download: id })
  }

  #set(view: DownloadView): DownloadView {
    this.#views.delete(view.id)
    this.#views.set(view.id, view)
    for (const listener of [...this.#listeners]) listener()
    return view
  }
}

const total = 1_000_000

/** What goes wrong with models of these names. */
const troubles: Readonly<Record<string, (model: string) => ServerError>> = {
  'hf:fake/broken': (model) => {
    const problems = ['the fake was told to fail']
    return new ServerError('model_pull_failed', { model, problems, byHand: 'Put the file there yourself.' })
  },
  'hf:fake/missing': (model) =>
    new ServerError('model_source_not_found', { param: 'model', model, problem: 'there is no such repository' }),
  'hf:fake/gated': (model) =>
    new ServerError('model_source_refused', { param: 'model', model, problem: 'its authors want a token' }),
  'hf:fake/alien': (model) =>
    new ServerError('model_incompatible', { param: 'model', model, problem: 'nobody knows the architecture' }),
  'hf:fake/giant': (model) =>
    new ServerError('model_too_large', { param: 'model', model, needBytes: 2e12, haveBytes: 1e9 }),
  'hf:fake/full': () => new ServerError('disk_full', { path: '/models', needBytes: 2e9, freeBytes: 1e9 }),
}

function viewOf(id: string, model: string, state: 'done' | 'paused' | 'downloading' | 'failed' | 'cancelled') {
  const doneBytes = state === 'done' ? total : state === 'cancelled' ? 0 : total / 2
  const name = model.startsWith('hf:') ? 'fake/repository/Fake.gguf' : 'Fake.gguf'
  const error = troubles[model]?.(model)
  const view: DownloadView = {
    id,
    model,
    state,
    doneBytes,
    files: state === 'cancelled' ? [] : [{ name, doneBytes, totalBytes: total }],
    startedSeconds: 1_770_000_000,
    ...(state !== 'cancelled' && { resolved: model, modelId: 'Fake', totalBytes: total }),
    ...(state === 'downloading' && { bytesPerSecond: 100_000, secondsLeft: 5 }),
    ...(state === 'done' && { path: `/models/${name}`, wasFetched: true }),
    ...(state === 'failed' && error && { error }),
    ...(state !== 'downloading' && state !== 'paused' && { endedSeconds: 1_770_000_010 }),
  }
  return view
}
