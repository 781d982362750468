import { afterEach, beforeEach, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { type Home, makeHome, refusalOf, writeModel } from './registry.fixture.ts'

let home: Home
beforeEach(async () => {
  home = await makeHome()
})
afterEach(() => home[Symbol.asyncDispose]())

const filesIn = async (folder: string) => (await readdir(folder, { recursive: true })).sort()

test('what is said of a model holds for all who ask for it, adds up, and can be taken back', async () => {
  await home.write('own/One.gguf')
  const models = home.registry({
    settings: [{ id: 'One', aliases: ['uno'], defaults: { topK: 7 }, keepAliveSeconds: 60 }],
  })
  await models.configure('uno', { load: { contextSize: 512 }, defaults: { temperature: 0 }, isPinned: true })
  const changed = await models.configure('ONE.gguf', { load: { slots: 2 }, defaults: { maxTokens: 9 } })
  expect(changed).toMatchObject({
    load: { contextSize: 512, slots: 2, gpuLayers: -1 },
    defaults: { temperature: 0, maxTokens: 9, topK: 7, topP: 0.95 },
    isPinned: true,
    keepAliveSeconds: 60,
  })
  expect(await models.find('One', 'chat')).toEqual(changed)
  expect(await models.list()).toEqual([changed])
  expect((await models.configure('One', { defaults: { maxTokens: null } })).defaults).not.toHaveProperty('maxTokens')
  expect(await models.reset('One')).toMatchObject({ load: { contextSize: 'auto' }, defaults: { temperature: 0.8 } })
  expect(await models.reset('One')).not.toHaveProperty('isPinned')
  expect((await refusalOf(models.configure('Two', {}))).code).toBe('model_not_found')
})

test('a model can go without a draft model, adapters and a type of the cache that are configured', async () => {
  await home.write('own/One.gguf')
  const draft = { path: '/drafts/small.gguf', contextSize: 'auto', gpuLayers: -1 } as const
  const load = { draft, adapters: [{ path: '/a.gguf', scale: 1 }], cacheTypes: { key: 'q8_0', value: 'q8_0' } } as const
  const models = home.registry({ settings: [{ id: 'One', load }] })
  await models.configure('One', { load: { draft: null, slots: 3 } })
  const bare = await models.configure('One', { load: { adapters: null, cacheTypes: null } })
  expect(bare.load).toEqual({ contextSize: 'auto', gpuLayers: -1, slots: 3, threads: 'auto' })
  expect((await models.find('One', 'chat')).load).toEqual(bare.load)
  expect((await models.configured())[0]?.load).toMatchObject({ ...load, slots: 'auto' })
  expect((await models.configure('One', { load: { draft } })).load.draft).toEqual(draft)
  expect((await models.reset('One')).load).toMatchObject({ ...load, slots: 'auto' })
})

test('what is said of all models gives way to what is said of one', async () => {
  await home.write('own/One.gguf')
  const models = home.registry()
  await models.configure('One', { defaults: { temperature: 0.1 } })
  expect(await models.configureAll({ temperature: 0.5, topK: 3 })).toMatchObject({
    temperature: 0.5,
    topK: 3,
    topP: 0.95,
  })
  expect((await models.find('One', 'chat')).defaults).toMatchObject({ temperature: 0.1, topK: 3 })
  await home.write('own/Late.gguf')
  expect((await models.find('Late', 'chat')).defaults).toMatchObject({ temperature: 0.5, topK: 3 })
  expect(await models.configureAll({ temperature: null })).toMatchObject({ temperature: 0.8, topK: 3 })
  await models.configure('One', { defaults: { temperature: null } })
  expect((await models.find('One', 'chat')).defaults).toMatchObject({ temperature: 0.8, topK: 3 })
})

test('a model that is selected is the default one of its kind, and first in the list', async () => {
  for (const name of ['Apple', 'Zebra', 'Tiny.Q8_0']) await home.write(`own/${name}.gguf`)
  await home.write('own/Encoder.gguf', { 'general.architecture': { type: 'string', value: 'bert' } })
  const models = home.registry()
  expect((await models.find(undefined, 'chat')).id).toBe('tiny-chat')
  expect((await models.select('zebra')).id).toBe('Zebra')
  await models.select('Encoder')
  expect((await models.find(undefined, 'chat')).id).toBe('Zebra')
  expect((await models.find(undefined, 'embedding')).id).toBe('Encoder')
  expect((await models.list()).map(({ id }) => id)).toEqual(['Zebra', 'Encoder', 'Apple', 'tiny-chat'])
  await models.remove('Zebra')
  expect((await models.find(undefined, 'chat')).id).toBe('tiny-chat')
})

test('a name that is given lasts, also for other processes, and gives way to none that is taken', async () => {
  await home.write('own/One.gguf')
  await home.write('own/Two.gguf')
  await truncate(await home.write('own/Cut.gguf'), 100)
  const models = home.registry()
  expect((await models.addAlias('gpt-4o', 'one')).aliases).toEqual(['gpt-4o'])
  expect((await models.addAlias('gpt-4o', 'One')).id).toBe('One')
  for (const [name, owner] of [
    ['GPT-4o', 'One'],
    ['two', 'Two'],
    ['one', 'One'],
    ['cut', 'Cut'],
    ['tiny-chat', 'tiny-chat'],
  ] as const) {
    const refusal = await refusalOf(models.addAlias(name, owner === 'Two' ? 'One' : 'Two'))
    expect(refusal, name).toMatchObject({ code: 'name_taken', status: 409, param: 'name', facts: { model: owner } })
  }
  for (const name of ['', ' ', ' x', 'a\nb', 'x'.repeat(201)])
    expect(await refusalOf(models.addAlias(name, 'One')), name).toMatchObject({
      code: 'invalid_parameter',
      param: 'name',
    })
  expect((await refusalOf(models.addAlias('new', 'absent'))).code).toBe('model_not_found')
  expect((await home.registry().find('GPT-4O', 'chat')).id).toBe('One')
  expect(JSON.parse(await readFile(join(home.modelsDir, 'aliases.json'), 'utf8'))).toEqual({ 'gpt-4o': 'One' })
})

test('names like those of objects are names like others', async () => {
  await home.write('own/One.gguf')
  const models = home.registry()
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect((await refusalOf(models.find(name, 'chat'))).code, name).toBe('model_not_found')
    await models.addAlias(name, 'One')
    expect((await home.registry().find(name, 'chat')).id, name).toBe('One')
    await models.remove(name)
    expect((await refusalOf(models.find(name, 'chat'))).code, name).toBe('model_not_found')
  }
})

test('a name that was given can be taken away without its model, also when that is gone', async () => {
  await home.write('own/One.gguf')
  await home.write('own/Two.gguf')
  const models = home.registry()
  await models.addAlias('mine', 'One')
  expect(await models.removal('Mine')).toEqual({ id: 'One', isNameOnly: true })
  expect(await models.removal('One')).toEqual({ id: 'One', isNameOnly: false })
  expect(await models.remove('Mine')).toEqual({ id: 'One', paths: [], freedBytes: 0 })
  expect((await refusalOf(models.removal('mine'))).code).toBe('model_not_found')
  expect((await refusalOf(models.find('mine', 'chat'))).code).toBe('model_not_found')
  expect((await models.find('One', 'chat')).aliases).toEqual([])
  await writeFile(join(home.modelsDir, 'aliases.json'), '{"lost": "Gone", "number": 7}')
  expect(await models.remove('lost')).toMatchObject({ paths: [] })
  expect(await filesIn(home.modelsDir)).toEqual(['One.gguf', 'Two.gguf', 'aliases.json'])
})

test('a file of names that is broken is told once, and not written over', async () => {
  await home.write('own/One.gguf')
  const path = join(home.modelsDir, 'aliases.json')
  for (const text of ['{"a": ', '[]', 'null']) {
    await writeFile(path, text)
    const models = home.registry()
    expect(
      (await models.list()).map(({ id }) => id),
      text,
    ).toEqual(['One'])
    expect((await models.problems()).find((each) => each.path === path)?.isFolder, text).toBe(true)
    expect(await refusalOf(models.addAlias('x', 'One')), text).toMatchObject({
      code: 'models_folder_unwritable',
      status: 503,
    })
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(
      (await models.registered()).map(({ id }) => id),
      text,
    ).toEqual(['One', 'tiny-chat', 'tiny-vectors'])
  }
})

test('two processes that give names at once lose none', async () => {
  const path = join(home.modelsDir, 'aliases.json')
  const program = join(import.meta.dir, 'add-alias.fixture.ts')
  const children = ['a', 'b'].map((name) => spawn(process.execPath, [program, path, name, '50'], { stdio: 'inherit' }))
  for (const child of children) if (child.exitCode === null) await once(child, 'exit')
  expect(children.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  expect(Object.keys(JSON.parse(await readFile(path, 'utf8'))).length).toBe(100)
  expect(await filesIn(home.modelsDir)).toEqual(['aliases.json'])
}, 30_000)

test('removing a model takes all its parts, what downloads left, and the folders that are empty then', async () => {
  for (const part of [1, 2]) await home.write(`own/user/repo/Big-0000${part}-of-00002.gguf`)
  await writeFile(join(home.modelsDir, 'user/repo/Big-00002-of-00002.gguf.part'), 'x')
  await writeFile(join(home.modelsDir, 'user/repo/Big-00002-of-00002.gguf.part.json'), 'x')
  await writeFile(join(home.modelsDir, 'user/repo/Big-00002-of-00002.gguf.part.json.draft'), 'x')
  await home.write('own/user/other.gguf')
  await home.write('own/Bigger.gguf')
  const models = home.registry()
  await models.addAlias('large', 'Big')
  await models.configure('Big', { isPinned: true })
  const { id, paths, freedBytes } = await models.remove('user/repo/big.gguf')
  expect(id).toBe('Big')
  expect(paths.length).toBe(5)
  expect(freedBytes).toBeGreaterThan(256)
  expect(await filesIn(home.modelsDir)).toEqual(['Bigger.gguf', 'aliases.json', 'user', 'user/other.gguf'])
  // At once, though it was believed to be there a moment ago.
  expect((await refusalOf(models.find('Big', 'chat'))).code).toBe('model_not_found')
  expect((await refusalOf(models.find('large', 'chat'))).code).toBe('model_not_found')
  await home.write('own/Big.gguf')
  models.forget()
  expect(await models.find('Big', 'chat')).not.toHaveProperty('isPinned')
})

test('what is only called like the rest of a download stays', async () => {
  await home.write('own/Joined.gguf')
  await home.write('own/Joined.gguf.part2.gguf')
  await writeFile(join(home.modelsDir, 'Joined.gguf.part1of2'), 'x')
  expect((await home.registry().remove('Joined')).paths).toEqual([join(home.modelsDir, 'Joined.gguf')])
  expect(await filesIn(home.modelsDir)).toEqual(['Joined.gguf.part1of2', 'Joined.gguf.part2.gguf'])
})

test('removes a file that cannot be used, and no folder that is called like one', async () => {
  await truncate(await home.write('own/Cut.gguf'), 100)
  await mkdir(join(home.modelsDir, 'Folder.gguf'))
  await writeFile(join(home.modelsDir, 'Folder.gguf/keep'), '')
  const models = home.registry()
  expect(await models.remove('cut')).toMatchObject({ id: 'Cut', freedBytes: 100 })
  expect((await refusalOf(models.remove('Folder'))).code).toBe('model_not_ours')
  expect(await refusalOf(models.remove('tiny-chat'))).toMatchObject({ code: 'model_not_installed', status: 404 })
  expect((await refusalOf(models.remove('absent'))).code).toBe('model_not_found')
  expect((await refusalOf(models.remove('../own/Folder.gguf/keep'))).code).toBe('model_not_found')
  expect(await filesIn(home.modelsDir)).toEqual(['Folder.gguf', 'Folder.gguf/keep'])
})

test('takes away a link and not what it leads to, and nothing behind a link to a folder', async () => {
  const real = await writeModel(join(home.path, 'outside/real.gguf'))
  const inside = await writeModel(join(home.path, 'outside/folder/inside.gguf'))
  await mkdir(home.modelsDir)
  await symlink(real, join(home.modelsDir, 'linked.gguf'))
  await symlink(join(home.path, 'outside/folder'), join(home.modelsDir, 'way'))
  const models = home.registry({ settings: [{ id: 'set', path: real, load: { slots: 1 } }] })
  expect(await refusalOf(models.remove('inside'))).toMatchObject({
    code: 'model_not_ours',
    facts: { path: join(home.modelsDir, 'way/inside.gguf') },
  })
  expect((await refusalOf(models.remove('set'))).code).toBe('model_not_ours')
  expect(await filesIn(join(home.path, 'outside'))).toEqual(['folder', 'folder/inside.gguf', 'real.gguf'])
  const unset = home.registry()
  expect(await unset.remove('linked')).toMatchObject({ freedBytes: 0, paths: [join(home.modelsDir, 'linked.gguf')] })
  expect(await filesIn(join(home.path, 'outside'))).toEqual(['folder', 'folder/inside.gguf', 'real.gguf'])
  void inside
})

test('bytes that another name keeps are not freed', async () => {
  await link(await writeModel(join(home.path, 'kept.gguf')), join(await folder(home.modelsDir), 'one.gguf'))
  expect(await home.registry().remove('one')).toMatchObject({ freedBytes: 0 })
})

async function folder(path: string): Promise<string> {
  await mkdir(path, { recursive: true })
  return path
}

test('registered: what is here, what cannot be used, and what can be fetched', async () => {
  await home.write('own/Tiny.Q8_0.gguf', { 'general.license': { type: 'string', value: 'mit' } })
  await truncate(await home.write('own/Cut.gguf'), 100)
  await home.write('.lmstudio/models/user/repo/studio.gguf')
  const models = home.registry({
    settings: [
      { id: 'tiny-chat', aliases: ['small'] },
      { id: 'absent', path: '/absent.gguf' },
    ],
  })
  const rows = (await models.registered()).map(
    ({ id, aliases, state, isCatalogued, isConfigured, licence, problem, entry }) => [
      id,
      aliases[0],
      state,
      isCatalogued,
      isConfigured,
      licence,
      problem?.slice(0, 8),
      entry?.store,
    ],
  )
  expect(rows).toEqual([
    ['tiny-chat', 'small', 'installed', true, true, 'mit', undefined, undefined],
    ['studio', 'user/repo/studio', 'installed', false, false, undefined, undefined, 'lm-studio'],
    ['absent', undefined, 'unusable', false, true, undefined, 'there is', undefined],
    ['Cut', undefined, 'unusable', false, false, undefined, 'the file', undefined],
    ['tiny-vectors', undefined, 'available', true, false, undefined, undefined, undefined],
  ])
})
