import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ServerError } from '../../core/errors.ts'
import type { Downloads, DownloadView, PullRequest } from '../downloads.ts'
import { downloadsOfTests } from './downloads.fixture.ts'
import { claimSpace, explainFullDisk } from './free-space.ts'
import { type Exchange, giveFile, refuse, sha256, startTestHub } from './test-hub.ts'
import { makeModel, makeSplitModel } from './test-model.ts'
import { giveJson, startTestRepository } from './test-repository.ts'

const patience = { connect: 2000, stall: 60_000, retry: 1, longestRetry: 5000, attempts: 4 }
const here = downloadsOfTests(patience)
const { open, filesHere, sumOf } = here
beforeEach(here.begin)
afterEach(here.end)
const body = await makeModel()

/** All views of a download, to its end. */
async function watched(downloads: Downloads, request: PullRequest): Promise<readonly DownloadView[]> {
  const views = [await downloads.start(request)]
  for await (const view of downloads.watch(views[0]?.id ?? '', new AbortController().signal)) views.push(view)
  return views
}

const fetched = async (downloads: Downloads, request: PullRequest) => (await watched(downloads, request)).at(-1)

async function until(downloads: Downloads, id: string, isSo: (view: DownloadView) => boolean): Promise<DownloadView> {
  for await (const view of downloads.watch(id, new AbortController().signal)) if (isSo(view)) return view
  return expect.unreachable(`it ended: ${JSON.stringify(downloads.list())}`)
}

test('so many come at once; the others wait in their order, and may be cancelled before it is their turn', async () => {
  const asked: string[] = []
  const held: Exchange[] = []
  await using hub = await startTestHub(body, (exchange) => {
    asked.push(exchange.request.url ?? '')
    return held.push(exchange) > 0
  })
  const downloads = await open(hub, { atOnce: 2, ranges: { connections: 1, pieceBytes: 10_000 } })
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    const { id } = await downloads.start({ model: `${hub.url}/${name}.gguf` })
    await until(downloads, id, ({ state }) => state === (ids.length < 2 ? 'downloading' : 'waiting'))
    ids.push(id)
  }
  expect(downloads.list().map(({ state }) => state)).toEqual(['waiting', 'waiting', 'downloading', 'downloading'])
  expect((await downloads.cancel(ids[2] ?? '')).state).toBe('cancelled')
  for (const each of held) giveFile({ ...each, body })
  await until(downloads, ids[3] ?? '', ({ state }) => state === 'downloading')
  while (asked.length < 3) await new Promise((resolve) => setImmediate(resolve))
  giveFile({ ...(held[2] as Exchange), body })
  await until(downloads, ids[3] ?? '', ({ state }) => state === 'done')
  expect(asked).toEqual(['/a.gguf', '/b.gguf', '/d.gguf'])
  expect(await filesHere()).toEqual(['a.gguf', 'b.gguf', 'd.gguf'])
})

test('what other downloads still need is not free', async () => {
  const { bavail, bsize } = await statfs(here.folder)
  const most = Math.floor(bavail * bsize * 0.7)
  {
    using claim = await claimSpace(here.folder, most)
    const refusal = await claimSpace(here.folder, most).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'disk_full', facts: { needBytes: most, claimedBytes: most } })
    claim.bytes = 0
    using _other = await claimSpace(here.folder, most)
  }
  using _later = await claimSpace(here.folder, most)
})

test('a disk that is full in the middle is told as one, and nothing else is', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(await explainFullDisk(full, here.folder, 5)).toMatchObject({ code: 'disk_full', facts: { needBytes: 5 } })
  const other = new Error('no')
  expect(await explainFullDisk(other, here.folder, 5)).toBe(other)
})

test('a check that takes long does not hold a download up, and ends it when it refuses', async () => {
  const late = Promise.withResolvers<ServerError | undefined>()
  await using hub = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: (question) =>
      question.about === 'file' &&
      question.request.headers.range?.startsWith('bytes=5') === true &&
      giveFile({ ...question, silentAfter: 100 }),
  })
  const downloads = await open(hub, { checkModel: () => late.promise })
  const { id } = await downloads.start({ model: 'hf:user/repo/Model-Q4_0.gguf' })
  await until(downloads, id, ({ state, doneBytes }) => state === 'downloading' && doneBytes > 50_000)
  late.resolve(new ServerError('model_incompatible', { param: 'model', model: 'x', problem: 'it is alien' }))
  const failed = await until(downloads, id, ({ state }) => state === 'failed')
  expect(failed.error).toMatchObject({ code: 'model_incompatible' })
  expect(await filesHere()).toEqual([`.downloads/${id}.json`])
})

test('a file gets its name only when the check is through, however late', async () => {
  const late = Promise.withResolvers<ServerError | undefined>()
  await using hub = await startTestRepository({ files: { 'Model-Q4_0.gguf': body } })
  const downloads = await open(hub, { checkModel: () => late.promise })
  const { id } = await downloads.start({ model: 'hf:user/repo/Model-Q4_0.gguf' })
  await until(downloads, id, ({ doneBytes }) => doneBytes === body.length)
  expect(await filesHere()).not.toContain('user/repo/Model-Q4_0.gguf')
  late.resolve(undefined)
  await until(downloads, id, ({ state }) => state === 'done')
  expect(await sumOf('user/repo/Model-Q4_0.gguf')).toBe(sha256(body))
})

test('every range asks for a new address of the storage, which are good for one use only', async () => {
  const used = new Set<string>()
  let refused = 0
  await using storage = await startTestHub(body, ({ request, response }) => {
    const address = request.url ?? ''
    const isBad = used.has(address) || (/sign=5$/.test(address) && ++refused > 0)
    used.add(address)
    return isBad && refuse(response, 403)
  })
  let count = 0
  await using hub = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: ({ about, response }) =>
      about === 'file' &&
      refuse(response, 302, { location: `${storage.url}/x?sign=${++count}`, 'x-linked-etag': `"${sha256(body)}"` }),
  })
  expect(await fetched(await open(hub), { model: 'hf:user/repo' })).toMatchObject({ state: 'done' })
  expect(used.size).toBe(storage.headers.length)
  // One of them was refused by the storage, as if its time were over: another one is asked for.
  expect(refused).toBe(1)
  expect(await sumOf('user/repo/Model-Q4_0.gguf')).toBe(sha256(body))
})

test('a sum in capitals is a sum', async () => {
  const lie = 'AB'.repeat(32)
  const tree = (oid: string) => [
    { type: 'file', path: 'Model-Q4_0.gguf', size: body.length, lfs: { oid, size: body.length } },
  ]
  for (const [oid, state] of [
    [lie, 'failed'],
    [sha256(body).toUpperCase(), 'done'],
  ] as const) {
    await using hub = await startTestRepository({
      files: {},
      answer: (question) => {
        if (question.about === 'tree') return giveJson(question.response, tree(oid))
        return question.about === 'file' && giveFile({ ...question, body })
      },
    })
    expect((await fetched(await open(hub), { model: 'hf:user/repo' }))?.state).toBe(state)
  }
})

test('the address of one part means all of them, and a file that says it is one of several is none by itself', async () => {
  const parts = await makeSplitModel(3)
  const names = parts.map((_, index) => `Big model-0000${index + 1}-of-00003.gguf`)
  await using hub = await startTestHub(body, (exchange) => {
    const { pathname, search } = new URL(exchange.request.url ?? '', hub.url)
    if (search !== '?key=secret') return refuse(exchange.response, 403)
    const index = names.indexOf(decodeURIComponent(pathname.slice('/folder/'.length)))
    return giveFile({ ...exchange, body: parts[Math.max(0, index)] ?? body })
  })
  const downloads = await open(hub)
  const url = `${hub.url}/folder/${encodeURIComponent(names[1] ?? '')}?key=secret`
  const done = await fetched(downloads, { model: url })
  expect(done).toMatchObject({ state: 'done', modelId: 'Big model', path: join(here.models, names[0] ?? '') })
  expect(await filesHere()).toEqual(names)
  expect(JSON.stringify(downloads.list())).not.toContain('secret')
  const alone = await fetched(downloads, { model: `${hub.url}/folder/Alone.gguf?key=secret` })
  expect(alone?.error?.message).toContain('the first of a model in 3 files')
  expect(JSON.stringify(downloads.list())).not.toContain('secret')
  const few = await fetched(downloads, { model: `${hub.url}/folder/Few-00001-of-00002.gguf?key=secret` })
  expect(few?.error?.message).toContain('in 3 files, and its name says 2')
})

test('a part of another version of the model is neither mixed with the new ones nor touched', async () => {
  const parts = await makeSplitModel(2)
  const old = parts[1]?.map((byte, index) => (index > 1000 ? 255 - byte : byte)) ?? body
  const names = ['A-00001-of-00002.gguf', 'A-00002-of-00002.gguf']
  await using hub = await startTestRepository({
    files: Object.fromEntries(names.map((name, index) => [name, parts[index] ?? body])),
  })
  const place = join(here.models, 'user/repo')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, names[1] ?? ''), old)
  const downloads = await open(hub)
  const failed = await fetched(downloads, { model: 'hf:user/repo' })
  expect(failed?.error?.message).toContain('is another file than the one that')
  expect(await sumOf(`user/repo/${names[1]}`)).toBe(sha256(old))
  await rm(join(place, names[1] ?? ''))
  expect((await fetched(downloads, { model: 'hf:user/repo' }))?.state).toBe('done')
})

test('a file that is another one each time is given up, and one connection is enough where each server has its own tag', async () => {
  let requests = 0
  await using restless = await startTestHub(body, (exchange) => {
    requests++
    // More comes each time, so that every attempt has brought something.
    return giveFile({ ...exchange, body, etag: `"${requests}"`, silentAfter: 1000 * Math.min(90, requests) })
  })
  const downloads = await open(restless, { patience: { ...patience, stall: 50 } })
  const failed = await fetched(downloads, { model: `${restless.url}/Model.gguf` })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'model_pull_failed' } })
  expect(requests).toBeLessThan(10)
  let count = 0
  await using several = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: (question) => question.about === 'file' && giveFile({ ...question, etag: `"${++count}"` }),
  })
  expect((await fetched(await open(several), { model: 'hf:user/repo' }))?.state).toBe('done')
})

test('ranges of a compressed file are not taken for those of the file', async () => {
  const zipped = gzipSync(body)
  await using hub = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: (question) =>
      question.about === 'file' &&
      giveFile({ ...question, body: zipped, etag: '"z"', headers: { 'content-encoding': 'gzip' } }),
  })
  expect((await fetched(await open(hub), { model: 'hf:user/repo' }))?.state).toBe('done')
  expect(await sumOf('user/repo/Model-Q4_0.gguf')).toBe(sha256(body))
})

test('what was here counts from the first view on, and in the end all of it, also where nothing had to come', async () => {
  let isSlow = true
  await using hub = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: (question) =>
      isSlow && question.about === 'file' && question.request.headers.range !== 'bytes=0-0'
        ? giveFile({ ...question, silentAfter: 5000 })
        : false,
  })
  const downloads = await open(hub)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  await until(downloads, id, ({ doneBytes }) => doneBytes >= 20_000)
  await downloads.pause(id)
  isSlow = false
  await downloads.resume(id)
  const views: DownloadView[] = []
  for await (const view of downloads.watch(id, new AbortController().signal)) views.push(view)
  expect(views.every(({ doneBytes }) => doneBytes >= 20_000)).toBe(true)
  const [again] = (await watched(downloads, { model: 'hf:user/repo:Q4_0' })).slice(-1)
  expect(again).toMatchObject({ state: 'done', wasFetched: false, doneBytes: body.length, totalBytes: body.length })
})
