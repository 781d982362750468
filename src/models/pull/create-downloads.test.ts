import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdir, readdir, readFile, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../../core/errors.ts'
import type { Downloads, DownloadView, PullRequest } from '../downloads.ts'
import { ModelFiles } from '../model-file.ts'
import { downloadsOfTests } from './downloads.fixture.ts'
import { giveFile, refuse, sha256, startTestHub } from './test-hub.ts'
import { makeModel, makeSplitModel } from './test-model.ts'
import { type RepositoryOptions, startTestRepository } from './test-repository.ts'

const patience = { connect: 2000, stall: 150, retry: 1, longestRetry: 5000, attempts: 3 }
const here = downloadsOfTests(patience)
const { open, filesHere, sumOf } = here
beforeEach(here.begin)
afterEach(here.end)
const body = await makeModel()
const page = new TextEncoder().encode('<html>sign in</html>')

/** The last view of a download. */
async function fetched(downloads: Downloads, request: PullRequest): Promise<DownloadView> {
  let view = await downloads.start(request)
  for await (view of downloads.watch(view.id, new AbortController().signal));
  return view
}

const one: RepositoryOptions = { files: { 'Model-Q4_0.gguf': body } }
const place = 'user/repo/Model-Q4_0.gguf'

test('a model of a repository comes to its own folder, with the sum that the tree tells, and only once', async () => {
  await using hub = await startTestRepository(one)
  const downloads = await open(hub)
  const done = await fetched(downloads, { model: 'hf:user/repo' })
  expect(done).toMatchObject({
    state: 'done',
    wasFetched: true,
    path: join(here.models, place),
    modelId: 'Model-Q4_0',
    doneBytes: body.length,
    totalBytes: body.length,
    files: [{ name: place, doneBytes: body.length, totalBytes: body.length }],
  })
  expect(await filesHere()).toEqual([place])
  expect(await sumOf(place)).toBe(sha256(body))
  const questions = hub.questions.length
  expect(await fetched(downloads, { model: 'hf:user/repo:Q4_0' })).toMatchObject({ state: 'done', wasFetched: false })
  expect(hub.questions.slice(questions)).toEqual(['commit', 'tree'])
})

test('two names of one file are fetched once', async () => {
  await using hub = await startTestRepository(one)
  const downloads = await open(hub)
  const names = ['hf:user/repo', 'hf:user/repo:Q4_0', 'hf:user/repo/Model-Q4_0.gguf']
  const views = await Promise.all(names.map((model) => fetched(downloads, { model })))
  expect(views.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  expect(views.filter(({ wasFetched }) => wasFetched)).toHaveLength(1)
  const ranges = hub.questions.filter((question) => question.startsWith('Model'))
  expect(ranges.length).toBe(new Set(ranges).size)
  expect(await filesHere()).toEqual([place])
})

test('a hub that is no address is told by its variable', async () => {
  const failed = await fetched(await open({ url: 'hub.example' }), { model: 'hf:user/repo' })
  expect(failed.error?.message).toContain("HF_ENDPOINT is no address of a hub: 'hub.example'")
})

test('all parts of a split model come, and are one model', async () => {
  const parts = await makeSplitModel(3)
  const names = parts.map((_, index) => `Q8_0/Big-Q8_0-0000${index + 1}-of-00003.gguf`)
  const files = Object.fromEntries(names.map((name, index) => [name, parts[index] ?? page]))
  await using hub = await startTestRepository({ files })
  const done = await fetched(await open(hub), { model: 'hf:user/repo' })
  expect(done).toMatchObject({
    state: 'done',
    modelId: 'Big-Q8_0',
    path: join(here.models, 'user/repo', names[0] ?? ''),
  })
  expect(await filesHere()).toEqual(names.map((name) => `user/repo/${name}`))
  const { result } = await new ModelFiles().read(done.path ?? '')
  expect(result).toMatchObject({ header: { architecture: 'llama', tensorBytes: 300_000 } })
})

test('one bad part of a split model leaves no part of it under its name, and the good ones are not fetched again', async () => {
  const parts = await makeSplitModel(2)
  const names = ['Big-00001-of-00002.gguf', 'Big-00002-of-00002.gguf']
  const files = Object.fromEntries(names.map((name, index) => [name, parts[index] ?? page]))
  let isBad = true
  await using hub = await startTestRepository({
    files,
    answer: (question) =>
      isBad && question.path === names[1]
        ? giveFile({ ...question, body: question.body.map((byte) => byte ^ 1), etag: '"bad"' })
        : false,
  })
  const downloads = await open(hub)
  const failed = await fetched(downloads, { model: 'hf:user/repo' })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'model_pull_failed' } })
  expect(failed.error?.message).toContain('instead of')
  expect((await filesHere()).filter((name) => name.endsWith('.gguf'))).toEqual([])
  isBad = false
  const questions = hub.questions.length
  expect((await fetched(downloads, { model: 'hf:user/repo' })).state).toBe('done')
  expect(hub.questions.slice(questions).filter((question) => question.startsWith(names[0] ?? ''))).toEqual([])
  expect(await filesHere()).toEqual(names.map((name) => `user/repo/${name}`))
})

test('what no runtime here can run, or what is too large, is refused after its head, unless it is forced', async () => {
  const alien = await makeModel({ architecture: 'alien', numbers: 1_000_000 })
  await using hub = await startTestRepository({ files: { 'Alien.gguf': alien } })
  const downloads = await open(hub, {
    checkModel: async ({ name, header, fileBytes }) => {
      expect([header.architecture, fileBytes]).toEqual(['alien', alien.length])
      return new ServerError('model_incompatible', { param: 'model', model: name, problem: 'nobody knows it' })
    },
  })
  const refused = await fetched(downloads, { model: 'hf:user/repo/Alien.gguf' })
  expect(refused).toMatchObject({ state: 'failed', error: { code: 'model_incompatible', status: 422 } })
  expect(await filesHere()).toEqual([expect.stringContaining('.downloads')])
  expect(hub.questions.slice(2)).toEqual(['Alien.gguf bytes=0-1048575'])
  expect((await fetched(downloads, { model: 'hf:user/repo/Alien.gguf', isForced: true })).state).toBe('done')
})

test('a server without ranges is asked for the whole, and refused as soon as the head has come', async () => {
  const large = await makeModel({ architecture: 'alien', numbers: 1_000_000 })
  await using hub = await startTestHub(large, (exchange) => {
    delete exchange.request.headers.range
    // More than the head never comes.
    return giveFile({ ...exchange, body: large, silentAfter: 1_200_000 })
  })
  const downloads = await open(hub, {
    patience: { ...patience, stall: 60_000 },
    checkModel: async ({ name }) =>
      new ServerError('model_too_large', { param: 'model', model: name, needBytes: 2, haveBytes: 1 }),
  })
  const refused = await fetched(downloads, { model: `${hub.url}/some/Alien.gguf` })
  expect(refused).toMatchObject({ state: 'failed', error: { code: 'model_too_large' } })
  expect((await filesHere()).filter((name) => !name.startsWith('.downloads'))).toEqual([])
})

test('an address gives a file of its name, and a sum that was asked for must be right', async () => {
  await using hub = await startTestHub(body)
  const downloads = await open(hub)
  const model = `${hub.url}/some/My%20Model.gguf?key=secret`
  const wrong = await fetched(downloads, { model, sha256: 'a'.repeat(64) })
  expect(wrong).toMatchObject({ state: 'failed' })
  expect(wrong.error?.message).toContain(`instead of ${'a'.repeat(64)}`)
  expect(wrong.error?.message).not.toContain('secret')
  expect((await filesHere()).filter((name) => !name.startsWith('.downloads'))).toEqual([])
  const done = await fetched(downloads, { model, sha256: sha256(body).toUpperCase() })
  expect(done).toMatchObject({ state: 'done', modelId: 'My Model', resolved: `${hub.url}/some/My%20Model.gguf` })
  expect(await filesHere()).toEqual(['My Model.gguf'])
  // What is there already must be it, too.
  const there = await fetched(downloads, { model, sha256: 'b'.repeat(64) })
  expect(there.error?.message).toContain('is there already and cannot be used: it has the sha256')
  expect(await sumOf('My Model.gguf')).toBe(sha256(body))
})

test('every fault of a hub ends in a clear error, and never in a file under a final name', async () => {
  const faults: readonly [RegExp, string, NonNullable<RepositoryOptions['answer']>][] = [
    [/answers 401: it is private/, 'model_source_refused', ({ response }) => refuse(response, 401)],
    [
      /HF_TOKEN/,
      'model_source_refused',
      ({ response, about }) => about === 'file' && refuse(response, 403, { 'x-error-code': 'GatedRepo' }),
    ],
    [/no such repository/, 'model_source_not_found', ({ response }) => refuse(response, 404)],
    [
      /no such file/,
      'model_source_not_found',
      ({ response, about }) => about === 'file' && refuse(response, 404, { 'x-error-code': 'EntryNotFound' }),
    ],
    [/answers 429: too many/, 'model_pull_failed', ({ response }) => refuse(response, 429, { 'retry-after': '3600' })],
    [
      /answers 502: it has trouble/,
      'model_pull_failed',
      ({ response, about }) => about === 'file' && refuse(response, 502),
    ],
    [
      /redirects more than/,
      'model_pull_failed',
      ({ response, about }) =>
        about === 'file' && refuse(response, 302, { location: '/user/repo/resolve/x/Model-Q4_0.gguf' }),
    ],
    [
      /redirects to ftp/,
      'model_pull_failed',
      ({ response, about }) => about === 'file' && refuse(response, 302, { location: 'ftp://x/y' }),
    ],
    [
      /redirects to http:\/\/192\.0\.2\.1/,
      'model_pull_failed',
      ({ response, about }) => about === 'file' && refuse(response, 302, { location: 'http://192.0.2.1/x.gguf' }),
    ],
    [
      /instead of/,
      'model_pull_failed',
      (question) => question.about === 'file' && giveFile({ ...question, body: body.map((byte) => byte ^ 1) }),
    ],
    [
      /bytes instead of/,
      'model_pull_failed',
      (question) => question.about === 'file' && giveFile({ ...question, body: page }),
    ],
    [
      /no byte for|bytes came|closed|connection/,
      'model_pull_failed',
      (question) => question.about === 'file' && giveFile({ ...question, body, silentAfter: 0 }),
    ],
  ]
  for (const [message, code, answer] of faults) {
    await using hub = await startTestRepository({ ...one, answer })
    const downloads = await open(hub)
    const failed = await fetched(downloads, { model: 'hf:user/repo' })
    expect(failed.state, String(message)).toBe('failed')
    expect(failed.error?.message).toMatch(message)
    expect(failed.error?.code).toBe(code as never)
    expect((await filesHere()).filter((name) => name.endsWith('.gguf'))).toEqual([])
    await downloads.cancel(failed.id)
    expect(await filesHere(), String(message)).toEqual([])
    expect(await readdir(here.models)).toEqual(['.downloads'])
  }
})

test('of those who ask what there is only some are asked for at once', async () => {
  const four = Promise.withResolvers<void>()
  let [running, most] = [0, 0]
  await using hub = await startTestRepository({
    ...one,
    answer({ about, response }) {
      if (about !== 'commit') return false
      most = Math.max(most, ++running)
      if (running === 4) four.resolve()
      // Whoever was sent at the same time has come by then.
      void four.promise
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => {
          running--
          refuse(response, 404)
        })
      return true
    },
  })
  const downloads = await open(hub)
  const { signal } = new AbortController()
  const found = await Promise.all(Array.from({ length: 12 }, () => downloads.inspect('hf:user/repo', signal)))
  expect(found.every((model) => model?.modelId === 'Model-Q4_0')).toBe(true)
  expect(most).toBe(4)
})

test('the token stays with the hub when it redirects to a storage', async () => {
  await using storage = await startTestHub(body)
  await using hub = await startTestRepository({
    ...one,
    answer: ({ about, response }) => about === 'file' && refuse(response, 302, { location: `${storage.url}/x` }),
  })
  const environment = { HF_ENDPOINT: hub.url, HF_TOKEN: 'secret' }
  expect((await fetched(await open(hub, { environment }), { model: 'hf:user/repo' })).state).toBe('done')
  expect(hub.headers.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true)
  expect(storage.headers.length).toBeGreaterThan(1)
  expect(storage.headers.every(({ authorization }) => authorization === undefined)).toBe(true)
})

test('the disk is looked at first, for all files together', async () => {
  const { bavail, bsize } = await statfs(tmpdir())
  const sizes = Math.ceil((bavail * bsize * 0.7) / 1e6) * 1_000_000
  const tree = ['A-00001-of-00002.gguf', 'A-00002-of-00002.gguf'].map((path) => ({ type: 'file', path, size: sizes }))
  await using hub = await startTestRepository({
    files: {},
    answer: ({ about, response }) => {
      if (about === 'tree') response.writeHead(200).end(JSON.stringify(tree))
      return about === 'tree'
    },
  })
  const failed = await fetched(await open(hub), { model: 'hf:user/repo' })
  expect(failed.error).toMatchObject({ code: 'disk_full', status: 507, facts: { needBytes: sizes * 2 } })
  expect(hub.questions).toEqual(['commit', 'tree'])
})

test('what was begun is continued after the program has ended, from the same commit, and cancelled without a trace', async () => {
  let isSlow = true
  await using hub = await startTestRepository({
    ...one,
    answer: (question) =>
      isSlow && question.about === 'file' && question.request.headers.range !== 'bytes=0-0'
        ? giveFile({ ...question, body, silentAfter: 5000 })
        : false,
  })
  const slow = { patience: { ...patience, stall: 60_000 } }
  const downloads = await open(hub, slow)
  const { id } = await downloads.start({ model: 'hf:user/repo' })
  for await (const { doneBytes } of downloads.watch(id, new AbortController().signal)) if (doneBytes >= 20_000) break
  await downloads.close()
  const later = await open(hub, slow)
  expect(later.list()).toMatchObject([{ id, state: 'paused', doneBytes: 20_000, totalBytes: body.length }])
  isSlow = false
  hub.commit = 'd'.repeat(40)
  const before = hub.questions.length
  await later.resume(id)
  let last: DownloadView | undefined
  for await (last of later.watch(id, new AbortController().signal));
  expect(last?.state).toBe('done')
  const asked = hub.questions.slice(before)
  expect(
    asked.filter((question) => /bytes=[0-4]\d*-/.test(question)).some((question) => / bytes=0-\d{4}$/.test(question)),
  ).toBe(false)
  expect(asked).toContain('Model-Q4_0.gguf bytes=5000-9999')
  expect(await filesHere()).toEqual([place])
  expect(await sumOf(place)).toBe(sha256(body))
})

test('a pull in another folder of the same name, and a file of the user, are not touched', async () => {
  await using hub = await startTestRepository(one)
  await mkdir(join(here.models, 'user', 'repo'), { recursive: true })
  await writeFile(join(here.models, place), 'mine')
  const failed = await fetched(await open(hub), { model: 'hf:user/repo' })
  expect(failed.error?.message).toContain('is there already and cannot be used')
  expect(await readFile(join(here.models, place), 'utf8')).toBe('mine')
})

test('what would be fetched can be looked at without fetching it', async () => {
  await using hub = await startTestRepository(one)
  const downloads = await open(hub, {
    checkModel: async ({ name }) =>
      new ServerError('model_too_large', { param: 'model', model: name, needBytes: 2, haveBytes: 1 }),
  })
  expect(await downloads.inspect('hf:user/repo', new AbortController().signal)).toMatchObject({
    resolved: 'hf:user/repo/Model-Q4_0.gguf',
    modelId: 'Model-Q4_0',
    header: { architecture: 'llama', tensorBytes: 100_000 },
    fileBytes: body.length,
  })
  expect(await filesHere()).toEqual([])
  expect(downloads.list()).toEqual([])
})
