import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerError } from '../../core/errors.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { writeGguf } from '../gguf/write-gguf.ts'
import type { PullProgress } from './progress-meter.ts'
import { type PullCall, pull } from './pull.ts'
import { type Exchange, giveFile, refuse, sha256, startTestHub, type TestHub } from './test-hub.ts'

let folder: string
let models: string
let body: Uint8Array
let lines: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-pull-'))
  models = join(folder, 'models')
  body = await modelBytes(1)
  lines = []
})
afterEach(() => rm(folder, { recursive: true }))

/** A whole model of about 100 kB, another one for each seed. */
async function modelBytes(seed: number): Promise<Uint8Array> {
  const path = join(folder, 'made.gguf')
  const data = async () => new Uint8Array(100_000).map((_, index) => (index * seed * 31) % 251)
  await writeGguf(path, {
    metadata: { 'general.architecture': { type: 'string', value: 'llama' } },
    tensors: [{ name: 'weight', type: 'F32', dimensions: [25_000], data }],
  })
  return new Uint8Array(await readFile(path))
}

const source = { type: 'hugging-face', repository: 'owner/name', file: 'Model.gguf' } as const

function entry(change: Partial<CatalogEntry> = {}): CatalogEntry {
  return { id: 'model', kind: 'chat', file: 'Model.gguf', sha256: sha256(body), sources: [source], ...change }
}

const patience = { connect: 2000, stall: 150, retry: 1, longestRetry: 5000, attempts: 4 }

function pullFrom(hub: Pick<TestHub, 'url'>, change: Partial<PullCall> = {}) {
  return pull({
    entry: entry(),
    modelsDir: models,
    environment: { HF_ENDPOINT: hub.url },
    signal: new AbortController().signal,
    log: { info: (line) => lines.push(line), warn: (line) => lines.push(line) },
    patience,
    ...change,
  })
}

async function refusal(pulled: Promise<unknown>): Promise<ServerError> {
  return pulled.then(
    () => expect.unreachable('the pull succeeded'),
    (error) => error,
  )
}

/** The model is there, right, and alone. */
async function expectWhole(expected = body): Promise<void> {
  expect(await readdir(models)).toEqual(['Model.gguf'])
  expect(sha256(new Uint8Array(await readFile(join(models, 'Model.gguf'))))).toBe(sha256(expected))
}

async function expectNothing(): Promise<void> {
  expect(await readdir(models)).toEqual([])
}

/** Breaks the connection each time that 40,000 bytes more have come, so that none of them is lost on the way. */
function cutAsItComes(hub: TestHub): Partial<PullCall> {
  let at = 0
  const onProgress = ({ doneBytes }: PullProgress) => {
    if (doneBytes - at < 40_000) return
    at = doneBytes
    hub.cut()
  }
  return { onProgress, patience: { ...patience, stall: 60_000 } }
}

/** Falls silent after so many bytes, in the answers to the first `times` requests. */
const cutting = (times: number, bytes: number) => (exchange: Exchange) =>
  exchange.count <= times && giveFile({ ...exchange, body, silentAfter: bytes })

test('fetches a file whole, tells how far it is, and does not fetch it twice', async () => {
  await using hub = await startTestHub(body)
  const progress: PullProgress[] = []
  const result = await pullFrom(hub, { onProgress: (step) => progress.push(step) })
  expect(result).toEqual({ path: join(models, 'Model.gguf'), wasFetched: true })
  await expectWhole()
  expect(progress.at(-1)).toMatchObject({ model: 'model', step: 'download', doneBytes: body.length })
  expect((await pullFrom(hub)).wasFetched).toBe(false)
  expect(hub.ranges).toEqual(['whole'])
})

test('continues where the connection broke', async () => {
  await using hub = await startTestHub(body, cutting(2, 40_000))
  await pullFrom(hub, cutAsItComes(hub))
  await expectWhole()
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-', 'bytes=80000-'])
})

test('continues in another pull, after the first was stopped', async () => {
  const controller = new AbortController()
  await using hub = await startTestHub(
    body,
    (exchange) => exchange.count === 1 && giveFile({ ...exchange, body, silentAfter: 40_000 }),
  )
  const onProgress = ({ doneBytes }: PullProgress) => doneBytes === 40_000 && controller.abort(new Error('enough'))
  const stopped = pullFrom(hub, { signal: controller.signal, onProgress, patience: { ...patience, stall: 60_000 } })
  expect((await refusal(stopped)).message).toBe('enough')
  expect((await readdir(models)).sort()).toEqual(['Model.gguf.part', 'Model.gguf.part.json'])
  await pullFrom(hub)
  await expectWhole()
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-'])
})

test('tries again when no byte comes', async () => {
  await using hub = await startTestHub(
    body,
    (exchange) => exchange.count === 1 && giveFile({ ...exchange, body, silentAfter: 40_000 }),
  )
  await pullFrom(hub)
  await expectWhole()
  expect(lines[0]).toContain('no byte for')
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-'])
})

test('starts anew when the file has changed between attempts', async () => {
  const other = await modelBytes(2)
  await using hub = await startTestHub(body, (exchange) => {
    if (exchange.count > 1) hub.body = other
    return cutting(1, 40_000)(exchange)
  })
  await pullFrom(hub, { ...cutAsItComes(hub), entry: entry({ sha256: sha256(other) }) })
  await expectWhole(other)
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-'])
})

test('starts anew where the server knows no ranges', async () => {
  await using hub = await startTestHub(body, (exchange) => {
    delete exchange.request.headers.range
    return cutting(1, 40_000)(exchange)
  })
  await pullFrom(hub, cutAsItComes(hub))
  await expectWhole()
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-'])
})

test('gives up when attempts bring nothing, keeps the part, and says so', async () => {
  await using hub = await startTestHub(body, (exchange) =>
    exchange.count === 1 ? cutting(1, 40_000)(exchange) : refuse(exchange.response, 503),
  )
  const error = await refusal(pullFrom(hub, cutAsItComes(hub)))
  expect(error).toMatchObject({ code: 'model_pull_failed' })
  expect(error.message).toContain('answers 503')
  expect((await readdir(models)).sort()).toEqual(['Model.gguf.part', 'Model.gguf.part.json'])
})

test('refuses a file with another sum, and leaves nothing', async () => {
  await using hub = await startTestHub(await modelBytes(3))
  const error = await refusal(pullFrom(hub))
  expect(error.message).toContain(`instead of ${sha256(body)}`)
  await expectNothing()
})

test('takes the sum that the hub gives where the catalog has none', async () => {
  await using hub = await startTestHub(await modelBytes(3), ({ request, response }) => {
    if (request.url?.startsWith('/storage')) return false
    return refuse(response, 302, { location: '/storage', 'x-linked-etag': `"${sha256(body)}"` })
  })
  const { sha256: _, ...plain } = entry()
  expect((await refusal(pullFrom(hub, { entry: plain }))).message).toContain(`instead of ${sha256(body)}`)
  await expectNothing()
  hub.body = body
  await pullFrom(hub, { entry: plain })
  await expectWhole()
})

test('a part that was damaged on the disk costs one more download, not the model', async () => {
  await using hub = await startTestHub(body, cutting(1, 40_000))
  await refusal(pullFrom(hub, { ...cutAsItComes(hub), patience: { ...patience, stall: 60_000, attempts: 1 } }))
  await writeFile(join(models, 'Model.gguf.part'), new Uint8Array(40_000))
  await pullFrom(hub)
  await expectWhole()
  expect(hub.ranges).toEqual(['whole', 'bytes=40000-', 'whole'])
})

test('refuses a page that comes instead of a model', async () => {
  await using hub = await startTestHub(new TextEncoder().encode('<html>sign in</html>'))
  const { sha256: _, ...plain } = entry()
  expect((await refusal(pullFrom(hub, { entry: plain }))).message).toContain('no usable model: it is not a GGUF file')
  await expectNothing()
})

test('sends the token to the hub and to no other host', async () => {
  await using storage = await startTestHub(body)
  await using hub = await startTestHub(body, ({ response }) => refuse(response, 307, { location: `${storage.url}/x` }))
  await pullFrom(hub, { environment: { HF_ENDPOINT: `${hub.url}/`, HF_TOKEN: 'secret' } })
  await expectWhole()
  expect(hub.headers[0]?.authorization).toBe('Bearer secret')
  expect(storage.headers[0]?.authorization).toBeUndefined()
})

test('goes through the proxy that the environment names', async () => {
  await using proxy = await startTestHub(body)
  await pullFrom(proxy, { environment: { HF_ENDPOINT: 'http://hub.invalid', HTTP_PROXY: proxy.url } })
  await expectWhole()
  expect(proxy.headers[0]?.host).toBe('hub.invalid')
})

test('explains what an answer means, and tries it once only', async () => {
  const meanings = { 401: 'HF_TOKEN', 403: 'HF_TOKEN', 404: 'no such repository', 418: 'does not give the file' }
  for (const [status, meaning] of Object.entries(meanings)) {
    await using hub = await startTestHub(body, ({ response }) => refuse(response, Number(status)))
    const error = await refusal(pullFrom(hub))
    expect(error.message).toContain(meaning)
    expect(hub.ranges.length).toBe(1)
  }
  await expectNothing()
})

test('waits as long as the server asks, but not longer than it makes sense', async () => {
  await using hub = await startTestHub(
    body,
    ({ response, count }) => count === 1 && refuse(response, 429, { 'retry-after': '1' }),
  )
  const start = performance.now()
  await pullFrom(hub)
  await expectWhole()
  expect(performance.now() - start).toBeGreaterThanOrEqual(990)
  await using busy = await startTestHub(body, ({ response }) => refuse(response, 429, { 'retry-after': '3600' }))
  await rm(join(models, 'Model.gguf'))
  expect((await refusal(pullFrom(busy))).message).toContain('answers 429')
  expect(busy.ranges.length).toBe(1)
})

test('a hub that does not answer costs the time that it may, one line, and then the next source has its turn', async () => {
  await using silent = await startTestHub(body, () => true)
  const other = { type: 'hugging-face', repository: 'owner/other', file: 'Model.gguf' } as const
  const both = entry({ sources: [source, other] })
  const error = await refusal(pullFrom(silent, { entry: both, patience: { ...patience, connect: 100 } }))
  expect(silent.ranges.length).toBe(2)
  expect(lines.length).toBe(2)
  expect(lines[0]).toContain('no answer within')
  expect(error.hint).toContain(`put the file Model.gguf (sha256 ${sha256(body)}) into the folder ${models}`)
  await expectNothing()
})

test('a hub that refuses connections is not tried again', async () => {
  const hub = await startTestHub(body)
  await hub[Symbol.asyncDispose]()
  expect((await refusal(pullFrom(hub))).message).toContain('cannot be reached')
  expect(lines.length).toBe(1)
})

test('two pulls of a file at once are one, and one may leave without the other', async () => {
  await using hub = await startTestHub(body)
  const controller = new AbortController()
  const [left, stays] = [pullFrom(hub, { signal: controller.signal }), pullFrom(hub)]
  controller.abort(new Error('changed my mind'))
  expect((await refusal(left)).message).toBe('changed my mind')
  expect((await stays).wasFetched).toBe(true)
  await expectWhole()
  expect(hub.ranges).toEqual(['whole'])
})

test('waits for another process that fetches the same file', async () => {
  await using hub = await startTestHub(body)
  const program = join(import.meta.dir, 'pull-once.fixture.ts')
  const children = [1, 2, 3].map(() =>
    Bun.spawn([process.execPath, program, models, hub.url, sha256(body)], { stdout: 'pipe', stderr: 'inherit' }),
  )
  const answers = await Promise.all(children.map((child) => new Response(child.stdout).text()))
  expect(answers.sort()).toEqual(['false', 'false', 'true'])
  await expectWhole()
  expect(hub.ranges).toEqual(['whole'])
})

test('a process that is killed again and again, at any request, never leaves a file that is not right', async () => {
  let child: ReturnType<typeof Bun.spawn> | undefined
  let killAt = Number.POSITIVE_INFINITY
  await using hub = await startTestHub(body, ({ count }) => {
    if (count === killAt) child?.kill('SIGKILL')
    return false
  })
  const program = join(import.meta.dir, 'pull-once.fixture.ts')
  const run = async () => {
    const command = [process.execPath, program, models, hub.url, sha256(body), '5000']
    child = Bun.spawn(command, { stdout: 'ignore', stderr: 'inherit' })
    await child.exited
    return child.signalCode
  }
  for (const requests of [1, 2, 9, 15]) {
    killAt = hub.ranges.length + requests
    expect(await run()).toBe('SIGKILL')
    expect(await readdir(models)).not.toContain('Model.gguf')
  }
  killAt = Number.POSITIVE_INFINITY
  expect(await run()).toBe(null)
  await expectWhole()
})

test('does not replace a file that is there and cannot be used', async () => {
  await using hub = await startTestHub(body)
  await pullFrom(hub)
  await writeFile(join(models, 'Model.gguf'), 'mine')
  const error = await refusal(pullFrom(hub))
  expect(error.message).toContain('is there already and cannot be used')
  expect(await readFile(join(models, 'Model.gguf'), 'utf8')).toBe('mine')
})
