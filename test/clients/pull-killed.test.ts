import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { giveFile, sha256 } from '../../src/models/pull/test-hub.ts'
import { makeModel } from '../../src/models/pull/test-model.ts'
import { startTestRepository } from '../../src/models/pull/test-repository.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const mebibyte = 1024 * 1024

function scratch(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hearth-pull-killed-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The events of a stream, as JSON; ends when the stream does, however it does. */
async function* eventsOf({ body }: Response): AsyncGenerator<Record<string, unknown>> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) if (/^data: *\{/.test(line)) yield JSON.parse(line.replace(/^data: */, ''))
    }
  } catch {
    // The server was killed: that is the end of its stream.
  }
}

const pull = (hearth: Hearth, model: string) =>
  fetch(`${hearth.url}/v1/pull`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true }),
  })

const doneBytesOf = (event: Record<string, unknown>) =>
  (event.download as { done_bytes?: number } | undefined)?.done_bytes

/** Waits until the note says so; it is replaced whenever the disk has more. */
async function untilNoted(note: string, wanted: readonly number[]): Promise<void> {
  const isNoted = async () => {
    const text = await readFile(note, 'utf8').catch(() => '{}')
    return JSON.stringify(JSON.parse(text).done) === JSON.stringify(wanted)
  }
  const stop = new AbortController()
  const changes = watch(dirname(note), { signal: stop.signal })[Symbol.asyncIterator]()
  let next = changes.next()
  while (!(await isNoted())) {
    await next
    next = changes.next()
  }
  next.catch(() => {})
  stop.abort()
}

test('a pull goes on after kill -9 of the server, fetches nothing twice, and ends with the right bytes', async () => {
  // Large enough for several ranges: three of 32 MiB.
  const body = await makeModel({ numbers: (80 * mebibyte) / 4 })
  let isSlow = true
  await using hub = await startTestRepository({
    files: { 'Model-Q4_0.gguf': body },
    answer: (question) =>
      isSlow && question.about === 'file' && /-\d{8}$/.test(question.request.headers.range ?? '')
        ? giveFile({ ...question, body, silentAfter: 4 * mebibyte })
        : false,
  })
  using folder = scratch()
  const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: join(folder.path, 'home'), HF_ENDPOINT: hub.url }
  const flags = ['--no-auto-pull']
  const start = () => startHearth({ modelsFolder: join(folder.path, 'models'), environment, flags })
  const note = join(folder.path, 'models/user/repo/Model-Q4_0.gguf.part.json')
  {
    await using hearth = await start()
    const response = await pull(hearth, 'hf:user/repo')
    expect(response.status, hearth.log()).toBe(200)
    for await (const event of eventsOf(response)) if (doneBytesOf(event) === 12 * mebibyte) break
    await untilNoted(note, [4 * mebibyte, 4 * mebibyte, 4 * mebibyte])
    process.kill(hearth.processId, 'SIGKILL')
  }
  const { done } = JSON.parse(await readFile(note, 'utf8'))
  expect(done).toEqual([4 * mebibyte, 4 * mebibyte, 4 * mebibyte])
  isSlow = false
  const before = hub.questions.length
  await using hearth = await start()
  const listed = await (await fetch(`${hearth.url}/v1/downloads`)).json()
  expect(listed).toMatchObject({ data: [{ state: 'paused', model: 'hf:user/repo', done_bytes: 12 * mebibyte }] })
  let last: Record<string, unknown> = {}
  for await (last of eventsOf(await pull(hearth, 'hf:user/repo')));
  expect(last).toMatchObject({ type: 'complete', download: { state: 'done' } })
  const asked = hub.questions.slice(before).filter((question) => !/bytes=0-\d{7}$/.test(question))
  const starts = asked.flatMap((question) => /bytes=(\d+)-/.exec(question)?.[1] ?? []).map(Number)
  const expected = [0, 1, 2].map((piece) => (piece * 32 + 4) * mebibyte)
  expect(starts.sort((left, right) => left - right)).toEqual(expected)
  expect(await readdir(join(folder.path, 'models/user/repo'))).toEqual(['Model-Q4_0.gguf'])
  const { data } = (await (await fetch(`${hearth.url}/v1/models`)).json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual(['Model-Q4_0'])
  expect(sha256(new Uint8Array(await readFile(join(folder.path, 'models/user/repo/Model-Q4_0.gguf'))))).toBe(
    sha256(body),
  )
}, 110_000)
