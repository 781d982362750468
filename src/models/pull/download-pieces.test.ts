import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DownloadCall, download } from './download.ts'
import { PartFile } from './part-file.ts'
import type { SourceProblem } from './source-problem.ts'
import { type Exchange, giveFile, refuse, sha256, startTestHub, type TestHub } from './test-hub.ts'

let folder: string
let part: PartFile
let lines: string[]
const body = new Uint8Array(100_000).map((_, index) => (index * 7919) % 251)
const patience = { connect: 2000, stall: 150, retry: 1, longestRetry: 5000, attempts: 4 }
const ranges = { connections: 4, pieceBytes: 10_000 }
const large = 60_000

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-pieces-'))
  part = new PartFile(join(folder, 'Model.gguf'))
  lines = []
})
afterEach(() => rm(folder, { recursive: true }))

function downloadFrom(hub: Pick<TestHub, 'url'>, change: Partial<DownloadCall> = {}): Promise<void> {
  return download({
    url: new URL(`${hub.url}/file`),
    place: 'the hub',
    sizeBytes: body.length,
    ranges,
    part,
    environment: {},
    patience,
    signal: new AbortController().signal,
    log: { info: (line) => lines.push(line), warn: (line) => lines.push(line) },
    onBytes: () => {},
    ...change,
  })
}

const refusal = (work: Promise<unknown>): Promise<SourceProblem> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error) => error,
  )

async function expectWhole(expected = body): Promise<void> {
  expect(sha256(new Uint8Array(await readFile(part.path)))).toBe(sha256(expected))
}

const pieces = Array.from({ length: 10 }, (_, index) => `bytes=${index * 10_000}-${index * 10_000 + 9999}`)

test('fetches a large file in several ranges at once, and counts every byte', async () => {
  const waiting: Exchange[] = []
  const counts: number[] = []
  await using hub = await startTestHub(body, (exchange) => {
    if (exchange.count === 1 || exchange.count > 5) return false
    // None of the first four is answered before all four are there.
    if (waiting.push(exchange) === 4) for (const each of waiting) giveFile({ ...each, body })
    return true
  })
  await downloadFrom(hub, { onBytes: (done) => counts.push(done) })
  await expectWhole()
  expect(hub.ranges[0]).toBe('bytes=0-0')
  expect(hub.ranges.slice(1).toSorted()).toEqual(pieces.toSorted())
  expect(counts).toEqual(counts.toSorted((left, right) => left - right))
  expect(counts.at(-1)).toBe(body.length)
})

test('each range that stalls or breaks is tried again by itself, from where it was', async () => {
  const seen = new Map<string, number>()
  await using hub = await startTestHub(body, (exchange) => {
    const range = exchange.request.headers.range ?? ''
    const from = Number(/=(\d+)/.exec(range)?.[1]) % 20_000
    const times = (seen.get(range) ?? 0) + 1
    seen.set(range, times)
    if (range === 'bytes=0-0' || times > 1 || from !== 0) return false
    return giveFile({ ...exchange, body, silentAfter: 4000 })
  })
  await downloadFrom(hub)
  await expectWhole()
  for (const start of [0, 20_000, 40_000, 60_000, 80_000])
    expect(hub.ranges).toContain(`bytes=${start + 4000}-${start + 9999}`)
  expect(lines[0]).toContain('no byte for')
})

/** Four ranges come to their half, and then the download is stopped. */
async function stopHalfway(hub: TestHub): Promise<void> {
  const stop = new AbortController()
  const onBytes = (done: number) => done >= 20_000 && stop.abort(new Error('enough'))
  const stopped = downloadFrom(hub, { signal: stop.signal, onBytes, patience: { ...patience, stall: 60_000 } })
  expect((await refusal(stopped)).message).toBe('enough')
}

const halfOfPieces = (exchange: Exchange) =>
  exchange.request.headers.range !== 'bytes=0-0' && giveFile({ ...exchange, body, silentAfter: 5000 })

test('what a stopped download left is continued, and only that is believed which its note says', async () => {
  let isSlow = true
  await using hub = await startTestHub(body, (exchange) => isSlow && halfOfPieces(exchange))
  await stopHalfway(hub)
  const note = JSON.parse(await readFile(`${part.path}.json`, 'utf8'))
  expect(note.done).toEqual([5000, 5000, 5000, 5000, 0, 0, 0, 0, 0, 0])
  // As after a power failure: behind what the note says there is anything.
  const bytes = new Uint8Array(body.length).fill(7)
  bytes.set(new Uint8Array(await readFile(part.path)))
  bytes.fill(7, 5000, 10_000)
  await writeFile(part.path, bytes)
  isSlow = false
  const before = hub.ranges.length
  await downloadFrom(hub)
  await expectWhole()
  const later = hub.ranges.slice(before)
  expect(later.toSorted()).toEqual(
    [...[0, 1, 2, 3].map((n) => `bytes=${n * 10_000 + 5000}-${n * 10_000 + 9999}`), ...pieces.slice(4)].toSorted(),
  )
})

test('a note that cannot be right is worth nothing', async () => {
  await using hub = await startTestHub(body)
  const version = { validator: 'x', totalBytes: body.length }
  const url = `${hub.url}/file`
  for (const note of [
    '{"url":',
    'null',
    JSON.stringify({ url, version, pieceBytes: 10_000, done: [1] }),
    JSON.stringify({ url, version, pieceBytes: 10_000, done: Array(10).fill(10_001) }),
    JSON.stringify({ url, version, pieceBytes: 0, done: [0] }),
    JSON.stringify({ url, version, pieceBytes: 10_000, done: Array(10).fill(10_000) }),
    JSON.stringify({ url: 'http://other/', version, done: [10] }),
  ]) {
    await writeFile(`${part.path}.json`, note)
    await writeFile(part.path, new Uint8Array(50_000))
    expect(await part.resume(url), note).toBeUndefined()
    expect(await readdir(folder)).toEqual([])
  }
})

test('a file that has changed is fetched anew, in the middle and after a stop', async () => {
  const other = body.map((byte) => 255 - byte)
  let requests = 0
  await using hub = await startTestHub(body, () => {
    if (++requests === 4) hub.body = other
    return false
  })
  await downloadFrom(hub)
  await expectWhole(other)
  hub.body = body
  await part.remove()
  requests = 10
  let isSlow = true
  await using second = await startTestHub(body, (exchange) => isSlow && halfOfPieces(exchange))
  await stopHalfway(second)
  isSlow = false
  second.body = other
  await downloadFrom(second)
  await expectWhole(other)
})

test('a server without ranges, or that forgets about them, gives the file over one connection', async () => {
  await using plain = await startTestHub(body, ({ request }) => {
    delete request.headers.range
    return false
  })
  await downloadFrom(plain)
  await expectWhole()
  await part.remove()
  let requests = 0
  await using forgetful = await startTestHub(body, ({ request }) => {
    if (++requests > 3) delete request.headers.range
    return false
  })
  await downloadFrom(forgetful)
  await expectWhole()
  expect(forgetful.ranges.at(-1)).toBe('whole')
})

test('a server that ignores If-Range and mixes two files is found out by the sum, and nothing is left', async () => {
  const other = body.map((byte) => 255 - byte)
  let requests = 0
  await using hub = await startTestHub(body, (exchange) => {
    delete exchange.request.headers['if-range']
    return giveFile({ ...exchange, body: ++requests % 2 ? body : other, etag: '"same"' })
  })
  const error = await refusal(downloadFrom(hub, { sha256: sha256(body) }))
  expect(error.message).toContain(`instead of ${sha256(body)}`)
  expect(await readdir(folder)).toEqual([])
})

test('without a tag, a date or a sum no two ranges can be known to be of one file', async () => {
  await using hub = await startTestHub(body, (exchange) => giveFile({ ...exchange, body, etag: '' }))
  await downloadFrom(hub)
  await expectWhole()
  expect(hub.ranges).toEqual(['bytes=0-0', 'whole'])
  await part.remove()
  await downloadFrom(hub, { sha256: sha256(body) })
  await expectWhole()
  expect(hub.ranges.slice(2)).toHaveLength(11)
})

test('a server that has enough of us is asked by fewer connections', async () => {
  const waiting: Exchange[] = []
  const refused: string[] = []
  await using hub = await startTestHub(body, (exchange) => {
    const { request, response, count } = exchange
    if (count === 1 || refused.length === 2) return false
    if (waiting.length < 2) return waiting.push(exchange) > 0
    refused.push(request.headers.range ?? '')
    if (refused.length === 2) for (const each of waiting) giveFile({ ...each, body })
    return refuse(response, 429, { 'retry-after': '3600' })
  })
  await downloadFrom(hub, { patience: { ...patience, stall: 60_000, connect: 60_000 } })
  await expectWhole()
  for (const range of refused) expect(hub.ranges.filter((each) => each === range)).toHaveLength(2)
})

test('gives up when a range brings nothing, says why, and keeps what there is', async () => {
  await using hub = await startTestHub(body, ({ request, response }) =>
    request.headers.range?.startsWith('bytes=5000') ? refuse(response, 500) : false,
  )
  const error = await refusal(downloadFrom(hub, { ranges: { ...ranges, connections: 2 } }))
  expect(error.message).toContain('the hub answers 500: it has trouble')
  const kept = await part.read()
  expect(kept?.pieces.doneBytes).toBeGreaterThan(0)
  expect(kept?.pieces.done[5]).toBe(0)
})

test('a size that is not the one that was told is refused before anything comes', async () => {
  await using hub = await startTestHub(body)
  const error = await refusal(downloadFrom(hub, { sizeBytes: large * 2 }))
  expect(error.message).toContain(`a file of ${body.length} bytes instead of ${large * 2}`)
  expect(await readdir(folder)).toEqual([])
})

test('a range that claims to be another one is refused', async () => {
  await using hub = await startTestHub(body, ({ request, response }) => {
    if (request.headers.range === 'bytes=0-0') return false
    response.writeHead(206, { 'content-range': `bytes 0-9999/${body.length}`, 'content-length': 10_000 })
    response.end(body.subarray(0, 10_000))
    return true
  })
  const error = await refusal(downloadFrom(hub))
  expect(error.message).toContain('has another file than before')
  expect(await readdir(folder)).toEqual([])
})

test('bytes that were cut off are fetched, though the length was promised', async () => {
  const cut = new Set<string>()
  await using hub = await startTestHub(body, ({ request, response }) => {
    const range = request.headers.range ?? ''
    if (range === 'bytes=0-0' || !pieces.includes(range) || cut.has(range)) return false
    cut.add(range)
    const from = Number(/=(\d+)/.exec(range)?.[1])
    const headers = { 'content-range': `bytes ${from}-${from + 9999}/${body.length}`, 'content-length': 10_000 }
    response.writeHead(206, headers).write(body.subarray(from, from + 3000), () => response.destroy())
    return true
  })
  await downloadFrom(hub, { patience: { ...patience, stall: 60_000, attempts: 12 } })
  await expectWhole()
})
