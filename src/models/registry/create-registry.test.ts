import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerError } from '../../core/errors.ts'
import type { ModelSetting } from '../../core/model.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { type GgufValue, writeGguf } from '../gguf/write-gguf.ts'
import { createRegistry } from './create-registry.ts'
import type { RegistryOptions } from './registry-options.ts'

let folder: string
let elsewhere: string
let warnings: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-registry-'))
  elsewhere = await mkdtemp(join(tmpdir(), 'hearth-elsewhere-'))
  warnings = []
})
afterEach(async () => {
  await rm(folder, { recursive: true })
  await rm(elsewhere, { recursive: true })
})

const catalog: readonly CatalogEntry[] = [
  { id: 'tiny-chat', kind: 'chat', file: 'Tiny.Q8_0.gguf', sources: [] },
  { id: 'tiny-vectors', kind: 'embedding', file: 'Vectors.gguf', sources: [] },
]

async function model(path: string, change: Record<string, GgufValue> = {}): Promise<string> {
  await writeGguf(path, {
    metadata: { 'general.architecture': { type: 'string', value: 'llama' }, ...change },
    tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
  })
  return path
}

const bert = {
  'general.architecture': { type: 'string', value: 'bert' },
  'bert.pooling_type': { type: 'uint32', value: 1 },
} as const

function registry(
  settings: readonly ModelSetting[] = [],
  defaults: Partial<RegistryOptions['defaults']> = {},
  now?: () => number,
) {
  return createRegistry({
    ...(now && { now }),
    modelsDir: folder,
    settings,
    catalog,
    defaults: {
      chat: { id: 'tiny-chat', kind: 'chat' },
      embedding: { id: 'tiny-vectors', kind: 'embedding' },
      load: { contextSize: 'auto', gpuLayers: -1, slots: 'auto', threads: 'auto' },
      generation: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
      ...defaults,
    },
    log: { info: () => {}, warn: (message) => warnings.push(message) },
  })
}

async function refusal(found: Promise<unknown>): Promise<ServerError> {
  return found.then(
    () => expect.unreachable('a model was found'),
    (error) => error,
  )
}

test('lists the default chat model, then the default embedding model, then the others by name', async () => {
  for (const file of ['Zebra.gguf', 'Apple.gguf', 'Tiny.Q8_0.gguf']) await model(join(folder, file))
  await model(join(folder, 'Vectors.gguf'), bert)
  const entries = await registry().list()
  expect(entries.map(({ id, kind, aliases }) => [id, kind, aliases])).toEqual([
    ['tiny-chat', 'chat', ['Tiny.Q8_0']],
    ['tiny-vectors', 'embedding', ['Vectors']],
    ['Apple', 'chat', []],
    ['Zebra', 'chat', []],
  ])
})

test('finds a model by id, alias and file name, in any case, and never by path', async () => {
  const path = await model(join(folder, 'Tiny.Q8_0.gguf'))
  const models = registry([{ id: 'mine', aliases: ['my-alias'], path }])
  for (const name of ['mine', 'my-alias', 'MINE', 'My-Alias', 'tiny-chat', 'Tiny.Q8_0', 'tiny.q8_0.gguf'])
    expect((await models.find(name, 'chat')).id, name).toBe('mine')
  for (const name of [path, './Tiny.Q8_0.gguf', '../Tiny.Q8_0', '/etc/passwd', ''])
    expect((await refusal(models.find(name, 'chat'))).code, name).toBe('model_not_found')
})

test('gives the default model of the kind to requests that name none', async () => {
  await model(join(folder, 'Tiny.Q8_0.gguf'))
  await model(join(folder, 'Vectors.gguf'), bert)
  const models = registry()
  expect((await models.find(undefined, 'chat')).id).toBe('tiny-chat')
  expect((await models.find(undefined, 'embedding')).id).toBe('tiny-vectors')
})

test('a default model keeps its own name, however the configuration spells it', async () => {
  await model(join(folder, 'Tiny.Q8_0.gguf'))
  await model(join(folder, 'Encoder.gguf'), bert)
  for (const [chat, embedding] of [
    ['TINY-chat', 'encoder'],
    ['tiny.q8_0', 'ENCODER.GGUF'],
    ['Tiny.Q8_0.gguf', 'Encoder.gguf'],
  ]) {
    const models = registry([], { chat: { id: chat ?? '' }, embedding: { id: embedding ?? '' } })
    expect((await models.find(undefined, 'chat')).id, chat).toBe('tiny-chat')
    expect((await models.find(undefined, 'embedding')).id, embedding).toBe('Encoder')
    expect((await models.problems()).length).toBe(0)
  }
})

test('a default model that is not there is told as one that cannot be used', async () => {
  const models = registry([], { chat: { id: 'Absent.gguf' } })
  expect(await refusal(models.find(undefined, 'chat'))).toMatchObject({ code: 'model_unusable', status: 422 })
})

test('a model that is the default by its path keeps what is said of it elsewhere', async () => {
  const path = await model(join(elsewhere, 'Own.gguf'))
  const draft = { path: '/drafts/small.gguf', contextSize: 'auto', gpuLayers: -1 } as const
  const chat = { path, load: { draft } } as const
  const models = registry([{ id: 'own', path, load: { contextSize: 2048 }, defaults: { maxTokens: 512 } }], { chat })
  const entry = await models.find(undefined, 'chat')
  expect(entry).toMatchObject({ id: 'own', load: { contextSize: 2048, slots: 'auto', draft } })
  expect(entry.defaults).toMatchObject({ maxTokens: 512, temperature: 0.8 })
  expect((await models.list()).map(({ id }) => id)).toEqual(['own'])
})

test('a default model that no setting names is listed by its file name', async () => {
  const path = await model(join(elsewhere, 'Own.gguf'))
  expect((await registry([], { chat: { path } }).find(undefined, 'chat')).id).toBe('Own')
})

test('says how to install a model of the catalog, and which name is near', async () => {
  await model(join(folder, 'Zebra.gguf'))
  const models = registry()
  const missing = await refusal(models.find(undefined, 'chat'))
  expect(missing).toMatchObject({ code: 'model_not_installed', status: 404, param: 'model' })
  expect(missing.hint).toContain('hearth pull tiny-chat')
  expect((await refusal(models.find('TINY-VECTORS', 'chat'))).code).toBe('model_not_installed')
  expect((await refusal(models.find('Zebro', 'chat'))).message).toContain("Did you mean 'Zebra'?")
  expect((await refusal(models.find('something-else', 'chat'))).message).not.toContain('Did you mean')
  // What is only in the catalog, where nothing that is here is meant.
  expect((await refusal(models.find('vectors', 'chat'))).message).toContain("Did you mean 'tiny-vectors'?")
  for (const file of ['Zebra.Q8_0.gguf', 'Zebra.Q4_0.gguf']) await model(join(folder, file))
  expect((await refusal(models.find('zeb', 'chat'))).message).toContain(
    "Did you mean 'Zebra', 'Zebra.Q4_0' or 'Zebra.Q8_0'?",
  )
})

test('uses a file as soon as it is there, and no longer than a second after it is gone', async () => {
  let now = 0
  const models = registry([], {}, () => now)
  expect(await models.list()).toEqual([])
  const path = await model(join(folder, 'Late.gguf'))
  expect((await models.find('Late', 'chat')).path).toBe(path)
  await rm(path)
  // Not looked for: it was there just now.
  expect((await models.find('Late', 'chat')).path).toBe(path)
  now = 999
  expect((await models.find('Late', 'chat')).path).toBe(path)
  now = 1000
  expect((await refusal(models.find('Late', 'chat'))).code).toBe('model_not_found')
})

test('what a list has seen is known at once', async () => {
  const models = registry([], {}, () => 0)
  const path = await model(join(folder, 'Late.gguf'))
  await models.list()
  await rm(path)
  expect((await models.find('Late', 'chat')).path).toBe(path)
  expect(await models.list()).toEqual([])
  expect((await refusal(models.find('Late', 'chat'))).code).toBe('model_not_found')
})

test('tells which files cannot be used, once in the log, and uses them when they are whole', async () => {
  const path = await model(join(folder, 'Cut.gguf'))
  await truncate(path, 100)
  await writeFile(join(folder, 'Page.gguf'), '<html>')
  await mkdir(join(folder, 'Folder.gguf'))
  await model(join(folder, 'Projector.gguf'), { 'general.architecture': { type: 'string', value: 'clip' } })
  const models = registry([{ id: 'absent', path: join(elsewhere, 'absent.gguf') }, { id: 'tiny-chat' }])
  const problems = Object.fromEntries((await models.problems()).map(({ id, problem }) => [id, problem]))
  expect(problems).toEqual({
    absent: 'there is no such file',
    'tiny-chat': 'it is not installed; `hearth pull tiny-chat` fetches it',
    'tiny-vectors': 'it is not installed; `hearth pull tiny-vectors` fetches it',
    Cut: expect.stringContaining('100 bytes'),
    Folder: 'it is a folder, not a file',
    Page: expect.stringContaining('not a GGUF file'),
    Projector: expect.stringContaining('no model by itself'),
  })
  await models.problems()
  expect(warnings.length).toBe(7)
  expect(await refusal(models.find('cut', 'chat'))).toMatchObject({ code: 'model_unusable', status: 422 })
  await model(path)
  expect((await models.find('cut', 'chat')).id).toBe('Cut')
})

test('takes a model in several files for one, and says which file is missing', async () => {
  for (const part of [1, 2, 3]) await model(join(folder, `Big-0000${part}-of-00003.gguf`))
  const models = registry()
  const [entry] = await models.list()
  expect(entry).toMatchObject({ id: 'Big', header: { tensorBytes: 384, parameterCount: 96 } })
  expect(entry?.path).toEndWith('Big-00001-of-00003.gguf')
  await rm(join(folder, 'Big-00002-of-00003.gguf'))
  expect((await models.problems()).find(({ id }) => id === 'Big')?.problem).toContain('part 2 of 3')
})

test('of two settings with one id the first is used and the second reported', async () => {
  const [first, second] = [await model(join(elsewhere, 'a.gguf')), await model(join(elsewhere, 'b.gguf'))]
  const models = registry([
    { id: 'same', path: first, aliases: ['one'] },
    { id: 'same', path: second, aliases: ['two'] },
  ])
  expect((await models.find('same', 'chat')).path).toBe(first)
  expect(await models.problems()).toContainEqual({
    id: 'same',
    path: second,
    problem: "another model has the same name 'same'",
  })
  expect((await refusal(models.find('two', 'chat'))).code).toBe('model_not_found')
})

test('tells an embedding model by its head, unless the setting says otherwise', async () => {
  const path = await model(join(folder, 'Encoder.gguf'), bert)
  expect((await registry().find('Encoder', 'chat')).kind).toBe('embedding')
  expect((await registry([{ path, kind: 'chat' }]).find('Encoder', 'chat')).kind).toBe('chat')
})

test('follows links to files', async () => {
  const path = await model(join(elsewhere, 'Real.gguf'))
  await symlink(path, join(folder, 'Linked.gguf'))
  expect((await registry().find('Linked', 'chat')).fileBytes).toBeGreaterThan(0)
})

test('a folder that does not exist holds no models', async () => {
  await rm(folder, { recursive: true })
  expect(await registry().list()).toEqual([])
  await mkdir(folder)
})

test('a model whose file is unchanged is used without waiting for a look, and the look that follows sees the rest', async () => {
  let now = 0
  const path = await model(join(folder, 'Known.gguf'))
  const models = registry([], {}, () => now)
  await models.list()
  await writeFile(join(folder, 'aliases.json'), '{"late": "Known"}')
  now = 5000
  expect((await models.find('Known', 'chat')).aliases).toEqual([])
  expect((await models.find('late', 'chat')).path).toBe(path)
})

test('what is told to be forgotten is looked for again, also while a look is under way', async () => {
  const models = registry([], {}, () => 0)
  const path = await model(join(folder, 'Gone.gguf'))
  const before = models.list()
  await before
  await rm(path)
  models.forget()
  expect((await refusal(models.find('Gone', 'chat'))).code).toBe('model_not_found')
  const running = models.list()
  await model(join(folder, 'Come.gguf'))
  models.forget()
  expect((await models.list()).map(({ id }) => id)).toEqual(['Come'])
  await running
  expect((await models.find('Come', 'chat')).id).toBe('Come')
})

test('the head of a file is read once, and again when it has changed', async () => {
  const path = await model(join(folder, 'One.gguf'))
  const models = registry()
  const [first] = await models.list()
  const [second] = await models.list()
  expect(second?.header).toBe(first?.header as never)
  await model(path, { 'general.name': { type: 'string', value: 'another' } })
  const [third] = await models.list()
  expect(third?.header.name).toBe('another')
})

test('a file that is being copied is told once, and again when it breaks after it was whole', async () => {
  const path = await model(join(folder, 'Copied.gguf'))
  const models = registry([], { chat: { id: 'Copied' }, embedding: { id: 'Copied' } })
  const { size } = await stat(path)
  for (const missing of [64, 32, 1]) {
    await model(path)
    await truncate(path, size - missing)
    expect((await models.problems()).map(({ id }) => id)).toEqual(['Copied'])
  }
  expect(warnings.length).toBe(1)
  await model(path)
  expect(await models.problems()).toEqual([])
  await truncate(path, 100)
  await models.problems()
  expect(warnings.length).toBe(2)
})
