import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../../../core/errors.ts'
import type { DownloadState, DownloadView } from '../../downloads.ts'
import { DownloadJobs } from './download-jobs.ts'
import type { FetchCall, FetchedModel, ModelFetcher } from './fetch-model.ts'

let folder: string
let warnings: string[]
const opened: DownloadJobs[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-jobs-'))
  warnings = []
})
afterEach(async () => {
  for (const downloads of opened.splice(0)) await downloads.close()
  await rm(folder, { recursive: true })
})

/** Comes to a half and waits to be told to go on. */
class StepFetcher implements ModelFetcher {
  readonly calls: FetchCall[] = []
  readonly discarded: string[] = []
  #goOn = Promise.withResolvers<FetchedModel>()

  async fetch(call: FetchCall): Promise<FetchedModel> {
    this.calls.push(call)
    const goOn = Promise.withResolvers<FetchedModel>()
    this.#goOn = goOn
    call.onResolved({
      resolved: 'hf:user/repo/Model.gguf',
      pinned: 'hf:user/repo@c0ffee/Model.gguf',
      modelId: 'Model',
      files: [{ name: 'user/repo/Model.gguf', totalBytes: 100 }],
    })
    call.onState('downloading')
    call.onBytes(0, 50, 100)
    call.signal.addEventListener('abort', () => goOn.reject(call.signal.reason))
    return goOn.promise
  }

  end(): void {
    this.calls.at(-1)?.onBytes(0, 100, 100)
    this.#goOn.resolve({ path: '/models/user/repo/Model.gguf', wasFetched: true })
  }

  fail(error: unknown): void {
    this.#goOn.reject(error)
  }

  async inspect() {
    return undefined
  }

  async bytesOf(name: string): Promise<number> {
    return name === 'user/repo/Model.gguf' ? 50 : 0
  }

  async discard(names: readonly string[]): Promise<void> {
    this.discarded.push(...names)
  }
}

async function open(fetcher: ModelFetcher = new StepFetcher()): Promise<DownloadJobs> {
  const downloads = await DownloadJobs.open({
    modelsDir: folder,
    fetcher,
    check: (reference) => {
      if (reference.type === 'catalog')
        throw new ServerError('model_not_found', { param: 'model', model: reference.id })
    },
    log: { info: () => {}, warn: (line) => warnings.push(line) },
  })
  opened.push(downloads)
  return downloads
}

/** The view once it is in that state. */
async function until(downloads: DownloadJobs, id: string, state: DownloadState): Promise<DownloadView> {
  for await (const view of downloads.watch(id, new AbortController().signal)) {
    if (view.state === state) return view
  }
  return expect.unreachable(`it came to ${downloads.list().map((view) => view.state)} instead of ${state}`)
}

const refusal = (work: Promise<unknown>): Promise<ServerError> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error) => error,
  )

const records = async () =>
  (await readdir(join(folder, '.downloads')).catch(() => [])).filter((name) => name.endsWith('.json'))

test('goes on whoever watches, tells how far it is, and is forgotten by the disk when it is done', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id, state } = await downloads.start({ model: 'hf:user/repo' })
  expect(['resolving', 'downloading']).toContain(state)
  const half = await until(downloads, id, 'downloading')
  expect(half).toMatchObject({ resolved: 'hf:user/repo/Model.gguf', modelId: 'Model', doneBytes: 50, totalBytes: 100 })
  expect(await records()).toHaveLength(1)
  fetcher.end()
  const done = await until(downloads, id, 'done')
  expect(done).toMatchObject({ doneBytes: 100, path: '/models/user/repo/Model.gguf', wasFetched: true })
  expect(done.endedSeconds).toBeGreaterThanOrEqual(done.startedSeconds)
  expect(await records()).toEqual([])
  expect(downloads.list()).toEqual([done])
})

test('two pulls of one model are one, however they spell it', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const views = await Promise.all(
    ['hf:user/repo:Q4_0', 'user/repo:q4_0', 'hf.co/User/Repo:Q4_0'].map((model) => downloads.start({ model })),
  )
  expect(new Set(views.map(({ id }) => id)).size).toBe(1)
  await until(downloads, views[0]?.id ?? '', 'downloading')
  expect(fetcher.calls).toHaveLength(1)
  expect(downloads.list()).toHaveLength(1)
  const sum = await refusal(downloads.start({ model: 'user/repo:Q4_0', sha256: 'a'.repeat(64) }))
  expect(sum).toMatchObject({ code: 'invalid_parameter', param: 'sha256' })
  const other = await downloads.start({ model: 'hf:user/repo:Q8_0' })
  expect(downloads.list().map(({ id }) => id)).toEqual([other.id, views[0]?.id ?? ''])
})

test('is paused and resumed, also twice, and goes on with just what it found at first', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, 'downloading')
  const [paused, again] = await Promise.all([downloads.pause(id), downloads.pause(id)])
  expect(paused).toMatchObject({ state: 'paused', doneBytes: 50 })
  expect(again.state).toBe('paused')
  expect(fetcher.calls[0]?.signal.aborted).toBe(true)
  await Promise.all([downloads.resume(id), downloads.resume(id)])
  await until(downloads, id, 'downloading')
  expect(fetcher.calls).toHaveLength(2)
  expect(fetcher.calls[1]?.reference).toMatchObject({ revision: 'c0ffee', file: 'Model.gguf' })
  fetcher.end()
  await until(downloads, id, 'done')
  expect((await downloads.pause(id)).state).toBe('done')
  expect((await downloads.resume(id)).state).toBe('done')
  expect(fetcher.calls).toHaveLength(2)
})

test('whoever watches a download that is cancelled is told so, and of no pause', async () => {
  const downloads = await open()
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  const states: DownloadState[] = []
  for await (const { state } of downloads.watch(id, new AbortController().signal)) {
    states.push(state)
    if (state === 'downloading') void downloads.cancel(id)
  }
  expect(states).not.toContain('paused')
  expect(states.at(-1)).toBe('cancelled')
})

test('what was cancelled leaves nothing, and can be started again', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, 'downloading')
  expect(await downloads.cancel(id)).toMatchObject({ state: 'cancelled', doneBytes: 0, files: [] })
  expect(fetcher.discarded).toEqual(['user/repo/Model.gguf'])
  expect(await records()).toEqual([])
  expect((await downloads.cancel(id)).state).toBe('cancelled')
  await downloads.resume(id)
  await until(downloads, id, 'downloading')
  expect(fetcher.calls[1]?.reference).not.toHaveProperty('revision')
  fetcher.end()
  await until(downloads, id, 'done')
  expect((await downloads.cancel(id)).state).toBe('done')
  expect(downloads.list()).toEqual([])
  expect(fetcher.discarded).toHaveLength(1)
})

test('keeps why it failed, over a start of the program, and can be resumed', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo', isForced: true })
  await until(downloads, id, 'downloading')
  fetcher.fail(new ServerError('disk_full', { path: folder, needBytes: 10, freeBytes: 1 }))
  const failed = await until(downloads, id, 'failed')
  expect(failed.error).toMatchObject({ code: 'disk_full', status: 507 })
  await downloads.close()
  const next = new StepFetcher()
  const later = await open(next)
  const [listed] = later.list()
  expect(listed).toMatchObject({ id, state: 'failed', doneBytes: 50, startedSeconds: failed.startedSeconds })
  expect(listed?.error).toMatchObject({ code: 'disk_full', facts: { needBytes: 10 } })
  await later.resume(id)
  await until(later, id, 'downloading')
  expect(next.calls[0]).toMatchObject({ request: { isForced: true }, reference: { revision: 'c0ffee' } })
  next.fail(new Error('no'))
  await until(later, id, 'failed')
  // A new pull finds out anew what there is.
  await later.start({ model: 'hf:user/repo' })
  await until(later, id, 'downloading')
  expect(next.calls[1]?.reference).not.toHaveProperty('revision')
})

test('what anything else throws is an error that says it', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, 'downloading')
  fetcher.fail(new Error('EACCES: permission denied'))
  const { error } = await until(downloads, id, 'failed')
  expect(error).toMatchObject({ code: 'model_pull_failed' })
  expect(error?.message).toContain('permission denied')
})

test('after the program was ended in the middle it is listed, paused, and a new pull goes on with it', async () => {
  const downloads = await open()
  const { id } = await downloads.start({ model: 'hf:user/repo', sha256: 'AB'.repeat(32) })
  await until(downloads, id, 'downloading')
  await downloads.close()
  expect((await refusal(downloads.start({ model: 'hf:user/repo' }))).code).toBe('shutting_down')
  const next = new StepFetcher()
  const later = await open(next)
  expect(later.list()).toMatchObject([
    { id, state: 'paused', doneBytes: 50, totalBytes: 100, modelId: 'Model', resolved: 'hf:user/repo/Model.gguf' },
  ])
  expect((await later.start({ model: 'user/repo', sha256: 'ab'.repeat(32) })).id).toBe(id)
  await until(later, id, 'downloading')
  expect(next.calls[0]?.reference).toMatchObject({ revision: 'c0ffee' })
})

test('what lies in the folder of records and is none is left alone', async () => {
  await mkdir(join(folder, '.downloads'))
  const good = { id: 'download-1', model: 'hf:user/repo', startedSeconds: 1, files: [] }
  const files = {
    'download-1.json': JSON.stringify(good),
    'torn.json': '{"id":"download-2',
    'null.json': 'null',
    'path.json': JSON.stringify({ ...good, id: '../../x' }),
    'files.json': JSON.stringify({ ...good, id: 'download-3', files: [{ name: '../../../etc/passwd' }] }),
    'download-4.json.draft': 'x',
    // Facts that its message cannot be made of.
    'error.json': JSON.stringify({ ...good, id: 'download-5', error: { code: 'model_pull_failed' } }),
    'large.json': JSON.stringify({ ...good, id: 'download-6', resolved: 'x'.repeat(2 ** 20) }),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, '.downloads', name), text)
  const downloads = await open()
  expect(downloads.list().map(({ id }) => id)).toEqual(['download-1'])
  await downloads.cancel('download-1')
  const left = await readdir(join(folder, '.downloads'))
  expect(left.sort()).toEqual(Object.keys(files).slice(1).sort())
  expect(await readFile(join(folder, '.downloads', 'torn.json'), 'utf8')).toBe('{"id":"download-2')
})

test('a hundred downloads wait for each other, and no more are taken until one has ended', async () => {
  const downloads = await open()
  for (let index = 0; index < 100; index++) await downloads.start({ model: `hf:user/repo${index}` })
  expect((await refusal(downloads.start({ model: 'hf:user/last' }))).code).toBe('too_many_downloads')
  const [{ id, model } = { id: '', model: '' }] = downloads.list()
  expect((await downloads.start({ model })).id).toBe(id)
  await downloads.pause(id)
  expect((await refusal(downloads.start({ model: 'hf:user/last' }))).code).toBe('too_many_downloads')
  expect(await records()).toHaveLength(100)
  await downloads.cancel(id)
  expect((await downloads.start({ model: 'hf:user/last' })).model).toBe('hf:user/last')
})

test('the eldest of what failed is forgotten, so that whoever asks for what there is not fills neither disk nor memory', async () => {
  const fetcher = new StepFetcher()
  fetcher.fetch = () => Promise.reject(new Error('there is none'))
  const downloads = await open(fetcher)
  for (let index = 0; index < 104; index++) {
    const { id } = await downloads.start({ model: `hf:user/repo${index}` })
    await until(downloads, id, 'failed')
  }
  const { id } = await downloads.start({ model: 'hf:user/last' })
  await until(downloads, id, 'failed')
  await downloads.close()
  expect(downloads.list()).toHaveLength(101)
  expect(downloads.list().at(-1)?.model).toBe('hf:user/repo4')
  expect(await records()).toHaveLength(101)
})

test('a record that cannot be written does not hold the download up', async () => {
  await writeFile(join(folder, '.downloads'), 'a file')
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, 'downloading')
  fetcher.end()
  await until(downloads, id, 'done')
  expect(warnings[0]).toContain('will not be known after the next start')
})

test('refuses what it cannot know, and has no download of that name', async () => {
  const downloads = await open()
  expect((await refusal(downloads.start({ model: 'nothing' }))).code).toBe('model_not_found')
  expect((await refusal(downloads.start({ model: 'ftp://x/y.gguf' }))).code).toBe('invalid_parameter')
  const sum = await refusal(downloads.start({ model: 'hf:user/repo', sha256: 'xyz' }))
  expect(sum).toMatchObject({ code: 'invalid_parameter', param: 'sha256' })
  for (const work of [downloads.pause('x'), downloads.resume('x'), downloads.cancel('x')])
    expect((await refusal(work)).code).toBe('download_not_found')
  expect(() => downloads.watch('x', new AbortController().signal)).toThrow("no download 'x'")
  expect(downloads.list()).toEqual([])
})

test('whoever watches may leave, and sees every state though not every byte', async () => {
  const fetcher = new StepFetcher()
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  const leaving = new AbortController()
  const seen: DownloadView[] = []
  for await (const view of downloads.watch(id, leaving.signal)) {
    seen.push(view)
    if (view.state === 'downloading') leaving.abort()
  }
  expect(seen.at(-1)?.state).toBe('downloading')
  for (let bytes = 51; bytes < 100; bytes++) fetcher.calls[0]?.onBytes(0, bytes, 100)
  const later: DownloadView[] = []
  for await (const view of downloads.watch(id, new AbortController().signal)) {
    later.push(view)
    if (view.state === 'downloading') fetcher.end()
  }
  expect(later.length).toBeLessThan(6)
  expect(later.at(-1)).toMatchObject({ state: 'done', doneBytes: 100 })
})

test('whoever hears that it is done finds the model: the models are told first', async () => {
  const fetcher = new StepFetcher()
  const told: (DownloadState | undefined)[] = []
  const downloads: DownloadJobs = await DownloadJobs.open({
    fetcher,
    modelsDir: folder,
    log: { info: () => {}, warn: () => {} },
    check: () => {},
    onDone: () => told.push(downloads.list()[0]?.state),
  })
  opened.push(downloads)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, 'downloading')
  expect(told).toEqual([])
  fetcher.end()
  await until(downloads, id, 'done')
  expect(told).toEqual(['downloading'])
})

test('what was here already is no speed; what is verified is told by itself; and in the end all of it is here', async () => {
  const fetcher = new StepFetcher()
  const parts = Promise.withResolvers<FetchedModel>()
  const calls: FetchCall[] = []
  fetcher.fetch = (call) => {
    calls.push(call)
    const files = [1, 2].map((part) => ({ name: `user/repo/M-0000${part}-of-00002.gguf`, totalBytes: 1e9 }))
    call.onResolved({
      resolved: 'hf:user/repo/M',
      pinned: 'hf:user/repo@c0ffee/M-00001-of-00002.gguf',
      modelId: 'M',
      files,
    })
    return parts.promise
  }
  const downloads = await open(fetcher)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  const tick = () => new Promise((resolve) => setTimeout(resolve, 2))
  while (calls.length === 0) await tick()
  const [call] = calls
  for (const [file, bytes] of [
    [0, 1e9],
    [1, 5e8],
  ] as const) {
    call?.onBytes(file, bytes, 1e9)
    await tick()
  }
  call?.onState('downloading')
  await tick()
  expect(downloads.list()[0]).toMatchObject({ doneBytes: 1.5e9, totalBytes: 2e9 })
  expect(downloads.list()[0]?.bytesPerSecond ?? 0).toBe(0)
  call?.onState('verifying')
  call?.onSummed(3e8, 1e9)
  const verifying = await until(downloads, id, 'verifying')
  expect(verifying).toMatchObject({ doneBytes: 1.5e9, verifying: { doneBytes: 3e8, totalBytes: 1e9 } })
  expect(verifying).not.toHaveProperty('bytesPerSecond')
  parts.resolve({ path: '/models/M', wasFetched: true })
  const done = await until(downloads, id, 'done')
  expect(done).toMatchObject({ doneBytes: 2e9, totalBytes: 2e9 })
  expect(done).not.toHaveProperty('verifying')
})
