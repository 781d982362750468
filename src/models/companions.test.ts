import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerError } from '../core/errors.ts'
import type { LoadOptions, ModelEntry } from '../core/model.ts'
import { CompanionFiles, checkCompanions } from './companions.ts'
import { type GgufValue, writeGguf } from './gguf/write-gguf.ts'

let folder: string
const file = (name: string) => join(folder, name)
const text = (value: string): GgufValue => ({ type: 'string', value })

async function write(name: string, architecture: string, more: Readonly<Record<string, GgufValue>> = {}) {
  const tensor = { name: 'a', type: 'F32', dimensions: [8], data: async () => new Uint8Array(32) } as const
  await writeGguf(file(name), {
    metadata: { 'general.architecture': text(architecture), ...more },
    tensors: [tensor],
  })
}

const vocabulary = (size: number): GgufValue => ({
  type: 'strings',
  value: Array.from({ length: size }, (_, index) => `t${index}`),
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-companions-'))
  await write('draft.gguf', 'llama', { 'tokenizer.ggml.tokens': vocabulary(1000) })
  await write('foreign.gguf', 'llama', { 'tokenizer.ggml.tokens': vocabulary(700) })
  await write('adapter.gguf', 'llama', { 'general.type': text('adapter'), 'adapter.type': text('lora') })
  await write('other.gguf', 'qwen3', { 'general.type': text('adapter'), 'adapter.type': text('lora') })
  await write('images.gguf', 'clip')
  await writeFile(file('text.gguf'), 'This is no model.')
})
afterAll(() => rm(folder, { recursive: true }))

const entry = (load: Partial<LoadOptions> = {}): ModelEntry => ({
  ...{ id: 'm', aliases: [], kind: 'chat', format: 'gguf', path: '/m.gguf', fileBytes: 0, createdSeconds: 0 },
  header: { architecture: 'llama', tensorBytes: 0, vocabularySize: 1010 },
  load: { contextSize: 'auto', gpuLayers: -1, slots: 'auto', threads: 'auto', ...load },
  defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
})
const draft = (name: string) => ({ draft: { path: file(name), contextSize: 'auto', gpuLayers: -1 } }) as const
const adapter = (name: string) => ({ adapters: [{ path: file(name), scale: 0.5 }] })

test('an entry says what its draft model and its adapters take', async () => {
  const described = await new CompanionFiles().describe(entry({ ...draft('draft.gguf'), ...adapter('adapter.gguf') }))
  expect(described.load.draft?.header).toMatchObject({ architecture: 'llama', vocabularySize: 1000, tensorBytes: 32 })
  expect(described.load.adapters).toEqual([{ path: file('adapter.gguf'), scale: 0.5, tensorBytes: 32 }])
})

test('what cannot be read is left as it was, and looked at again when it has changed', async () => {
  const files = new CompanionFiles()
  const model = entry(draft('late.gguf'))
  expect((await files.describe(model)).load.draft).toEqual(model.load.draft)
  await write('late.gguf', 'llama')
  expect((await files.describe(model)).load.draft?.header?.architecture).toBe('llama')
  expect(await files.describe(entry())).toEqual(entry())
})

test('a draft model that is asked for by name must do', async () => {
  const checked = await checkCompanions({ ...draft('draft.gguf'), slots: 2 }, entry())
  expect(checked).toMatchObject({ slots: 2, draft: { isRequired: true, header: { vocabularySize: 1000 } } })
})

describe('refuses with 422', () => {
  const refused = async (change: Partial<LoadOptions>) => {
    const error = await checkCompanions(change, entry()).then(
      () => expect.unreachable('nothing was refused'),
      (reason: ServerError) => reason,
    )
    expect([error.code, error.status]).toEqual(['model_unusable', 422])
    return error.message
  }
  test('a draft model that is missing, broken, no model, or of another vocabulary', async () => {
    expect(await refused(draft('absent.gguf'))).toContain('absent.gguf: there is no such file')
    expect(await refused(draft('text.gguf'))).toContain('text.gguf: it is not a GGUF file')
    expect(await refused(draft('adapter.gguf'))).toContain('it is a LoRA adapter')
    expect(await refused(draft('foreign.gguf'))).toContain('another vocabulary, of 700 tokens in place of 1010')
    expect(await refused({ draft: { ...draft('').draft, path: folder } })).toContain('folder')
  })
  test('an adapter that is missing, broken, none, or of another family', async () => {
    expect(await refused(adapter('absent.gguf'))).toContain('absent.gguf: there is no such file')
    expect(await refused(adapter('text.gguf'))).toContain('text.gguf: it is not a GGUF file')
    expect(await refused(adapter('draft.gguf'))).toContain('it is a model, and no LoRA adapter')
    expect(await refused(adapter('images.gguf'))).toContain('image reader')
    expect(await refused(adapter('other.gguf'))).toContain("of the family 'qwen3' in place of 'llama'")
  })
})
