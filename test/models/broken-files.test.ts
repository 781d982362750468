import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHeader } from '../../src/models/gguf/read-header.ts'
import { writeGguf } from '../../src/models/gguf/write-gguf.ts'
import { descendants } from '../processes.ts'
import { type ModelsFolder, makeModelsFolder, realModels } from '../real-models.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { writeBroken } from './gguf-surgery.ts'
import { writeAdapter } from './lora-adapter.ts'

const models = await realModels()
const good = 'SmolLM2-135M-Instruct.Q4_1'
let folder: ModelsFolder
let hearth: Hearth

/** Writes every file that is wrong in its own way into the folder. */
async function fill({ path }: ModelsFolder): Promise<void> {
  const at = (name: string) => join(path, `${name}.gguf`)
  const whole = readFileSync(models.chat)
  writeFileSync(at('text'), 'Dear diary, this is no model.\n'.repeat(100))
  writeFileSync(at('empty'), '')
  mkdirSync(at('folder'))
  symlinkSync(join(path, 'nowhere'), at('dangling'))
  writeFileSync(at('truncated'), whole)
  truncateSync(at('truncated'), whole.length - 1_000_000)
  writeFileSync(at('head-only'), whole.subarray(0, 100_000))
  writeBroken(models.embedding, at('aborting'))
  // The name of the family stands in the head as a text with its length, and in front of every key.
  writeFileSync(at('unknown-family'), Buffer.from(whole.toString('latin1').replaceAll('llama', 'lLamA'), 'latin1'))
  const tensor = { name: 'a', type: 'F32', dimensions: [8], data: async () => new Uint8Array(32) } as const
  const text = (value: string) => ({ type: 'string', value }) as const
  await writeGguf(at('images'), { metadata: { 'general.architecture': text('clip') }, tensors: [tensor] })
  await writeGguf(at('hollow'), { metadata: { 'general.architecture': text('llama') }, tensors: [tensor] })
  const header = await readHeader(models.chat)
  await writeAdapter(at('adapter'), { header, strength: 0.01 })
  await writeAdapter(at('other-family'), { header, strength: 1, architecture: 'qwen3' })
  await writeAdapter(at('other-size'), { header, strength: 1, embeddingSize: 640 })
  // As the draft model of another: its head is right, and what it describes is not there.
  writeFileSync(at('small-draft'), readFileSync(at('hollow')))
}

beforeAll(async () => {
  folder = await makeModelsFolder()
  await fill(folder)
  hearth = await startHearth({ modelsFolder: folder.path, flags: ['--n-ctx', '512', '--slots', '1', '--no-preload'] })
}, 60_000)
afterAll(async () => {
  await hearth?.stop()
  if (folder) rmSync(folder.path, { recursive: true, force: true })
})

async function post(path: string, body: unknown) {
  const response = await fetch(`${hearth.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is whatever it is.
  return { status: response.status, body: (await response.json()) as any }
}

const messages = [{ role: 'user', content: 'Say hello.' }]
/** One of them was made from an embedding model. */
const chat = (model: string) =>
  model === 'aborting'
    ? post('/v1/embeddings', { model, input: 'a cat' })
    : post('/v1/chat/completions', { model, messages, max_tokens: 8 })
const load = (body: unknown) => post('/v1/models/load', body)

/** Processes that run a model. */
const children = () =>
  descendants(hearth.processId).filter((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('llama-cpp'))

async function expectUnharmed(): Promise<void> {
  expect((await fetch(`${hearth.url}/health`)).status).toBe(200)
  const answer = await chat(good)
  expect([answer.status, answer.body.choices?.[0]?.message?.content?.length > 0]).toEqual([200, true])
  if (process.platform === 'linux') expect(children()).toHaveLength(1)
}

const wrong: readonly (readonly [file: string, problem: RegExp])[] = [
  ['text', /not a GGUF file/],
  ['empty', /empty/],
  ['folder', /folder/],
  ['dangling', /no such file/],
  ['truncated', /has \d+ of the \d+ bytes/],
  ['head-only', /ends within its head/],
  ['images', /image reader/],
  ['adapter', /LoRA adapter/],
  ['unknown-family', /architecture 'lLamA'/],
  ['hollow', /./],
  ['aborting', /SIGABRT|ended/],
]

describe('a model that cannot be used', () => {
  for (const [file, problem] of wrong)
    test(`${file}: 422 for a request and for a load, again and again`, async () => {
      for (const answer of [await chat(file), await load({ model: file }), await chat(file)]) {
        const text = JSON.stringify(answer.body)
        expect([file, answer.status, text]).toEqual([file, 422, expect.stringContaining('model_unusable')])
        expect(text).toMatch(problem)
      }
      await expectUnharmed()
    }, 60_000)
})

describe('what is asked for with a good model', () => {
  const cases: readonly (readonly [name: string, body: object, problem: RegExp])[] = [
    ['a draft model of another vocabulary', { draft_model: 'all-MiniLM-L6-v2.Q8_0' }, /draft/],
    ['a draft model that is broken', { draft_model: 'small-draft' }, /draft/],
    ['a draft model that is no model', { draft_model: 'text' }, /draft/],
    ['an adapter of another family', { lora: [{ name: 'other-family' }] }, /qwen3/],
    ['an adapter of a model of another size', { lora: [{ name: 'other-size' }] }, /shape/],
    ['an adapter that is not there', { lora: [{ name: 'absent' }] }, /absent/],
    ['a text as an adapter', { lora: [{ name: 'text' }] }, /text/],
  ]
  for (const [name, body, problem] of cases)
    test(`${name}: a clear 4xx, and the model works as before`, async () => {
      const answer = await load({ model: good, ...body })
      expect([name, answer.status >= 400 && answer.status < 500, answer.body]).toEqual([name, true, answer.body])
      expect(JSON.stringify(answer.body)).toMatch(problem)
      await expectUnharmed()
    }, 60_000)

  test('an adapter that fits is loaded', async () => {
    const answer = await load({ model: good, lora: [{ name: 'adapter', scale: 1 }] })
    expect(answer.status).toBe(200)
    expect(answer.body.estimate.adapter_bytes).toBeGreaterThan(0)
    await expectUnharmed()
  })
})
