import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { post } from '../expect-answers.ts'
import { descendants, untilGone } from '../processes.ts'
import { type ModelsFolder, makeModelsFolder } from '../real-models.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

let models: ModelsFolder
let home: string
beforeAll(async () => {
  models = await makeModelsFolder()
  home = mkdtempSync(join(tmpdir(), 'hearth-kept-'))
})
afterAll(() => {
  models?.[Symbol.dispose]()
  rmSync(home, { recursive: true, force: true })
})

/** Servers that share a data folder, one after the other or at once. */
const start = (...flags: string[]) =>
  startHearth({
    modelsFolder: models.path,
    flags: ['--shutdown-seconds', '0', ...flags],
    environment: { PATH: process.env.PATH ?? '', HEARTH_HOME: home },
  })
const make = (server: Hearth, body: object) =>
  post(server.url, '/v1/responses', { temperature: 0, ...body }).then((response) => response.json())
const fetchKept = (server: Hearth, id: string) =>
  fetch(`${server.url}/v1/responses/${id}`).then((response) => response.json())
/** The tokens that end an answer of the default model are banned, so that it takes its time. */
const story = { input: 'Tell me a very long story.', background: true, logit_bias: { 0: -100, 2: -100 } }

/** A response that the model is in the middle of. */
async function begin(server: Hearth): Promise<string> {
  const { id } = await make(server, story)
  const response = await fetch(`${server.url}/v1/responses/${id}?stream=true`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; !text.includes('response.output_text.delta'); ) text += (await reader?.read())?.value ?? ''
  await reader?.cancel()
  return id
}

test('a kept response is there for the next server, and goes on there', async () => {
  const first = await start()
  const kept = await make(first, { input: 'Name a colour.', max_output_tokens: 8 })
  expect(await first.stop()).toBe(0)
  await using second = await start()
  expect(await fetchKept(second, kept.id)).toEqual(kept)
  const next = await make(second, { input: 'Another.', max_output_tokens: 8, previous_response_id: kept.id })
  expect(next.usage.input_tokens).toBeGreaterThan(kept.usage.input_tokens)
})

test('a response in the background has failed when the server was stopped, and says why', async () => {
  const first = await start()
  const id = await begin(first)
  expect(await first.stop()).toBe(0)
  await using second = await start()
  const found = await fetchKept(second, id)
  expect(found).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('shutting down') } })
  expect(found.output[0]).toMatchObject({ type: 'message', status: 'incomplete' })
})

test('it has failed when the server was killed, too, and another server on the same file is not disturbed', async () => {
  await using living = await start()
  const killed = await start()
  const [lost, running] = [await begin(killed), await begin(living)]
  const children = descendants(killed.processId)
  process.kill(killed.processId, 'SIGKILL')
  await untilGone([killed.processId, ...children], 10_000)
  expect(await fetchKept(living, lost)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('was stopped') },
  })
  await using next = await start()
  expect(await fetchKept(next, running)).toMatchObject({ status: 'in_progress' })
  const cancelled = await fetch(`${living.url}/v1/responses/${running}/cancel`, { method: 'POST' })
  expect(await cancelled.json()).toMatchObject({ status: 'cancelled' })
  expect(await fetchKept(next, running)).toMatchObject({ status: 'cancelled' })
})

test('the file is for its owner only, and what is not to be kept is not in it', async () => {
  const folder = home
  await using server = await start()
  await make(server, { input: 'These-words-are-kept.', max_output_tokens: 2 })
  await make(server, { input: 'These-words-are-not.', max_output_tokens: 2, store: false })
  const files = readdirSync(folder).filter((name) => name.startsWith('hearth.sqlite'))
  const text = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('')
  expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual(files.map(() => 0o600))
  expect(text).toContain('These-words-are-kept.')
  expect(text).not.toContain('These-words-are-not.')
})
