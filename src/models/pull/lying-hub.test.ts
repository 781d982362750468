import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Downloads, DownloadView } from '../downloads.ts'
import { createDownloads, type DownloadsOptions } from './create-downloads.ts'
import { refuse, sha256, startTestHub } from './test-hub.ts'
import { makeModel } from './test-model.ts'
import { giveJson, type Question, startTestRepository } from './test-repository.ts'

let models: string
const opened: Downloads[] = []
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'hearth-lying-'))
})
afterEach(async () => {
  for (const downloads of opened.splice(0)) await downloads.close()
  await rm(models, { recursive: true })
})

const patience = { connect: 2000, stall: 100, retry: 1, longestRetry: 5000, attempts: 4 }
const body = await makeModel()

async function pull(endpoint: string, model: string, change: Partial<DownloadsOptions> = {}): Promise<DownloadView> {
  const downloads = await createDownloads({
    modelsDir: models,
    catalog: [],
    environment: { HF_ENDPOINT: endpoint },
    log: { info: () => {}, warn: () => {} },
    patience,
    ranges: { connections: 4, pieceBytes: 10_000 },
    checkModel: async () => undefined,
    ...change,
  })
  opened.push(downloads)
  let view = await downloads.start({ model })
  for await (view of downloads.watch(view.id, new AbortController().signal));
  return view
}

async function modelsHere(): Promise<readonly string[]> {
  const entries = await readdir(models, { recursive: true })
  return entries.filter((name) => name.endsWith('.gguf')).sort()
}

const isRange = ({ about, request }: Question) => about === 'file' && (request.headers.range ?? '') !== ''

/** Answers a range with these headers, and the bytes that belong to it. */
function claim({ request, response }: Question, headers: Record<string, string>): true {
  const [, from = 0, to = 0] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')?.map(Number) ?? []
  response.writeHead(206, { etag: '"same"', ...headers }).end(body.subarray(from, to + 1))
  return true
}

type Lie = (question: Question) => boolean

const lies: Readonly<Record<string, Lie>> = {
  'the total of a range is another one each time': (question) =>
    isRange(question) && claim(question, { 'content-range': `bytes 0-9/${body.length + question.count}` }),
  'a range has no total': (question) => isRange(question) && claim(question, { 'content-range': 'bytes 0-9/*' }),
  'a range does not say which one it is': (question) => isRange(question) && claim(question, {}),
  'a range is one that nobody asked for': (question) =>
    isRange(question) && claim(question, { 'content-range': `bytes 777-800/${body.length}` }),
  'ranges are empty': ({ about, request, response }) => {
    if (about !== 'file' || request.headers.range === undefined) return false
    const [, from] = /=(\d+)/.exec(request.headers.range) ?? []
    response
      .writeHead(206, { etag: '"same"', 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` })
      .end()
    return true
  },
  'redirections lead in a circle': ({ about, request, response }) =>
    about === 'file' && refuse(response, 302, { location: request.url ?? '' }),
  'the head never ends': ({ about, response }) => {
    if (about !== 'file') return false
    const head = Buffer.alloc(64 * 1024)
    head.write('GGUF')
    head.writeUInt32LE(3, 4)
    head.writeBigUInt64LE(1n, 8)
    head.writeBigUInt64LE(60_000n, 16)
    response.writeHead(200, { 'content-length': 2 ** 40 })
    const more = () => {
      while (!response.destroyed && response.write(head));
    }
    response.on('drain', more)
    more()
    return true
  },
  'the tree never ends': ({ about, response }) => {
    if (about !== 'tree') return false
    const line = `${JSON.stringify({ type: 'file', path: 'x'.repeat(60_000), size: 1 })},`
    response.writeHead(200).write('[')
    const more = () => {
      while (!response.destroyed && response.write(line));
    }
    response.on('drain', more)
    more()
    return true
  },
  'a page of the tree points to itself': ({ about, request, response }) =>
    about === 'tree' && giveJson(response, [], { link: `<${request.url}>; rel="next"` }),
  'sizes are no sizes': ({ about, response }) =>
    about === 'tree' && giveJson(response, [{ type: 'file', path: 'Model-Q4_0.gguf', size: -5 }, null, 7]),
  'the file is empty': ({ about, response }) => {
    if (about === 'tree') return giveJson(response, [{ type: 'file', path: 'Model-Q4_0.gguf', size: 0 }])
    if (about === 'file') response.writeHead(200, { 'content-length': 0 }).end()
    return about === 'file'
  },
}

for (const [what, lie] of Object.entries(lies))
  test(`no model comes of it, and no harm, when ${what}`, async () => {
    await using hub = await startTestRepository({ files: { 'Model-Q4_0.gguf': body }, answer: lie })
    const view = await pull(hub.url, 'hf:user/repo')
    // A server that is wrong about ranges alone may have the whole file.
    if (view.state === 'done') {
      expect(sha256(new Uint8Array(await readFile(view.path ?? '')))).toBe(sha256(body))
      return
    }
    expect(view.state).toBe('failed')
    expect(view.error?.code).not.toBe('internal')
    expect(view.error?.message.length).toBeLessThan(1000)
    expect(view.error?.message).not.toMatch(/is not an object|undefined/)
    expect(await modelsHere()).toEqual([])
  })

test('names as people give them: blanks, letters of all languages, per cents, and long ones', async () => {
  const names = ['My model-Q4_0.gguf', 'modèle 模型-Q4_0.gguf', '100%25 sure#1-Q4_0.gguf', `${'x'.repeat(190)}.gguf`]
  for (const name of names) {
    await using hub = await startTestRepository({ files: { [`a folder/${name}`]: body } })
    const view = await pull(hub.url, `hf:user/repo/a folder/${name}`)
    expect(view).toMatchObject({ state: 'done', path: join(models, 'user/repo/a folder', name) })
  }
  await using hub = await startTestHub(body)
  const view = await pull(hub.url, `${hub.url}/x/${encodeURIComponent(names[1] ?? '')}`)
  expect(view.path).toBe(join(models, names[1] ?? ''))
})

test('a hub may have its place below a path', async () => {
  await using inner = await startTestRepository({
    files: { 'B-Q8_0.gguf': body, 'Model-Q4_0.gguf': body },
    pageSize: 1,
  })
  await using outer = await startTestHub(body, ({ request, response }) => {
    if (!request.url?.startsWith('/hub/')) return refuse(response, 404)
    void forward(`${inner.url}${request.url.slice('/hub'.length)}`, { request, response })
    return true
  })
  const view = await pull(`${outer.url}/hub/`, 'hf:user/repo')
  expect(view).toMatchObject({ state: 'done', modelId: 'Model-Q4_0' })
})

/** As a mirror does: what the hub answers, with its headers. */
async function forward(url: string, { request, response }: Pick<Question, 'request' | 'response'>): Promise<void> {
  const { range } = request.headers
  const answer = await fetch(url, { headers: range ? { range } : {} })
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(new Uint8Array(await answer.arrayBuffer()))
}
