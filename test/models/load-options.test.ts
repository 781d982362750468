import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadOptions } from '../../src/core/model.ts'
import { readHeader } from '../../src/models/gguf/read-header.ts'
import { failure, generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { writeAdapter } from './lora-adapter.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const models = await realModels()
const runtime = realRuntime()
const folder = mkdtempSync(join(tmpdir(), 'hearth-options-'))
const file = (name: string) => join(folder, `${name}.gguf`)
const signal = new AbortController().signal

beforeAll(async () => {
  const header = await readHeader(models.chat)
  await writeAdapter(file('zero'), { header, strength: 0 })
  await writeAdapter(file('strong'), { header, strength: 0.5 })
  await writeAdapter(file('other-family'), { header, strength: 1, architecture: 'qwen3' })
  await writeAdapter(file('other-size'), { header, strength: 1, embeddingSize: 640 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entryWith = (load: Partial<LoadOptions>) =>
  realEntry({ path: models.chat, kind: 'chat', load: { contextSize: 512, slots: 1, ...load } })

/** What the model says with these options. */
async function answerWith(load: Partial<LoadOptions>): Promise<string> {
  const model = await runtime.load(await entryWith(load), { signal })
  try {
    return (await generate(model, requestOf('Count from one to ten.', { maxTokens: 24 }))).text
  } finally {
    await model[Symbol.asyncDispose]()
  }
}

const adapter = (name: string, scale: number) => ({ adapters: [{ path: file(name), scale }] })

test('an adapter changes the answer as far as its scale lets it', async () => {
  const plain = await answerWith({})
  expect(await answerWith(adapter('zero', 1))).toBe(plain)
  expect(await answerWith(adapter('strong', 0))).toBe(plain)
  const strong = await answerWith(adapter('strong', 1))
  expect(strong).not.toBe(plain)
  expect(await answerWith(adapter('strong', 0.5))).not.toBe(strong)
  const both = [...adapter('strong', 1).adapters, ...adapter('strong', -1).adapters]
  expect(await answerWith({ adapters: both })).not.toBe(strong)
}, 60_000)

test('the types of the cache change how much it takes, and the answer as little as they can', async () => {
  const plain = await answerWith({ cacheTypes: { key: 'f16', value: 'f16' } })
  expect(await answerWith({})).toBe(plain)
  expect(await answerWith({ cacheTypes: { key: 'f32', value: 'f32' } })).toContain('1')
  // Values that are quantised need flash attention, which is switched on for them.
  expect((await answerWith({ cacheTypes: { key: 'q4_0', value: 'q4_0' } })).length).toBeGreaterThan(0)
}, 60_000)

describe('refuses with 422, and leaves no process', () => {
  const refused = async (load: Partial<LoadOptions>) => {
    const error = await failure(runtime.load(await entryWith(load), { signal }))
    expect([error.code, error.status]).toEqual(['model_unusable', 422])
    return error.message
  }
  test('an adapter of another family', async () => {
    expect(await refused(adapter('other-family', 1))).toMatch(/other-family\.gguf.*arch/)
  })
  test('an adapter of a model of another size', async () => {
    expect(await refused(adapter('other-size', 1))).toMatch(/other-size\.gguf.*shape/)
  })
  test('an adapter that is not there', async () => {
    expect(await refused(adapter('absent', 1))).toContain('absent.gguf')
  })
  test('a model as an adapter', async () => {
    expect(await refused({ adapters: [{ path: models.chat, scale: 1 }] })).toContain('adapter')
  })
  test('a draft model that was asked for and cannot be used', async () => {
    const draft = { contextSize: 'auto', gpuLayers: -1, isRequired: true } as const
    expect(await refused({ draft: { ...draft, path: models.embedding } })).toContain('draft')
    expect(await refused({ draft: { ...draft, path: file('absent') } })).toContain('draft')
  })
})

test('a draft model that nobody insists on is left out, and the fact says why', async () => {
  const draft = { path: file('absent'), contextSize: 'auto', gpuLayers: -1 } as const
  const model = await runtime.load(await entryWith({ draft }), { signal })
  expect(model.facts.draft).toEqual({ state: 'failed', problem: expect.stringContaining('absent.gguf') })
  await model[Symbol.asyncDispose]()
})
