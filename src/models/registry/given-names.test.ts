import { afterEach, beforeEach, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Home, makeHome, refusalOf } from './registry.fixture.ts'

let home: Home
let names: string
beforeEach(async () => {
  home = await makeHome()
  names = join(home.modelsDir, 'aliases.json')
})
afterEach(() => home[Symbol.asyncDispose]())

test('taking away a name takes no model away, however the name is spelt', async () => {
  await home.write('own/One.gguf')
  const models = home.registry()
  for (const spelling of ['mine', 'MINE', 'mine:latest', 'mine.gguf', 'hf:mine']) {
    await models.addAlias('mine', 'One')
    expect(await models.remove(spelling), spelling).toEqual({ id: 'One', paths: [], freedBytes: 0 })
    expect((await refusalOf(models.find('mine', 'chat'))).code, spelling).toBe('model_not_found')
  }
  await writeFile(names, '{"Lost": "Gone"}')
  expect(await models.remove('lost:latest')).toMatchObject({ id: 'Gone', paths: [] })
  expect((await readdir(home.modelsDir)).sort()).toEqual(['One.gguf', 'aliases.json'])
})

test('a name stays with its model when that must be called otherwise', async () => {
  const path = await home.write('more/user/repo/same.gguf')
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  expect((await models.addAlias('mine', 'same')).id).toBe('same')
  // What came earlier in the order of folders has the short name now.
  await home.write('own/other/place/same.gguf')
  models.forget()
  expect(await models.find('mine', 'chat')).toMatchObject({ id: 'user/repo/same', path })
  await home.write('own/same.gguf')
  models.forget()
  expect((await models.find('mine', 'chat')).path).toBe(path)
  await rm(path)
  models.forget()
  expect((await refusalOf(models.find('mine', 'chat'))).code).toBe('model_not_found')
})

test('short names that were written by hand, or by others, are understood', async () => {
  const path = await home.write('more/user/repo/same.gguf')
  await home.write('more/user/other/same.gguf')
  await writeFile(join(await madeFolder(), 'aliases.json'), '{"mine": "USER/repo/same.gguf", "too": "user/repo/same"}')
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  expect((await refusalOf(models.find('mine', 'chat'))).code).toBe('model_not_found')
  expect((await models.find('too', 'chat')).path).toBe(path)
})

test('names of names lead to a model, and such as lead in a circle nowhere', async () => {
  await home.write('own/One.gguf')
  await writeFile(names, JSON.stringify({ a: 'b', b: 'One', c: 'd', d: 'c', e: 'e', f: '', One: 'a' }))
  const models = home.registry()
  expect((await models.list()).map(({ id, aliases }) => [id, ...aliases])).toEqual([['One', 'a', 'b']])
  for (const name of ['c', 'd', 'e', 'f'])
    expect((await refusalOf(models.find(name, 'chat'))).code).toBe('model_not_found')
  await models.remove('b')
  expect(JSON.parse(await readFile(names, 'utf8'))).not.toHaveProperty('b')
})

test('a file of the models folder takes its name back, a file of another program does not', async () => {
  const path = await home.write('own/One.gguf')
  const models = home.registry()
  await models.addAlias('mine', 'One')
  await home.write('.lmstudio/models/user/repo/mine.gguf')
  models.forget()
  expect((await models.find('mine', 'chat')).path).toBe(path)
  expect((await models.find('user/repo/mine', 'chat')).store).toBe('lm-studio')
  const own = await home.write('own/mine.gguf')
  models.forget()
  expect((await models.find('mine', 'chat')).path).toBe(own)
  expect((await models.remove('mine')).paths).toEqual([own])
  expect((await models.find('mine', 'chat')).path).toBe(path)
})

test('what else stands in the file stays there, and the mark that editors of Windows put in front harms nothing', async () => {
  await home.write('own/One.gguf')
  await writeFile(names, '\uFEFF{"comment": ["mine"], "number": 7, "mine": "One"}')
  const models = home.registry()
  expect((await models.find('mine', 'chat')).id).toBe('One')
  await models.addAlias('second', 'One')
  await models.remove('mine')
  expect(JSON.parse(await readFile(names, 'utf8'))).toEqual({ comment: ['mine'], number: 7, second: 'One' })
})

test('a file of names that is a link stays one, and what it leads to is written', async () => {
  await home.write('own/One.gguf')
  await writeFile(join(home.path, 'names.json'), '{}')
  await symlink(join(home.path, 'names.json'), names)
  await home.registry().addAlias('mine', 'One')
  expect((await lstat(names)).isSymbolicLink()).toBe(true)
  expect(JSON.parse(await readFile(join(home.path, 'names.json'), 'utf8'))).toEqual({ mine: 'One' })
})

test('a file of names that is a pipe, a folder or huge is told, and holds nobody up', async () => {
  await home.write('own/One.gguf')
  for (const make of [
    async () => spawnSync('mkfifo', [names]),
    () => mkdir(names),
    () => writeFile(names, `{"x": "${'y'.repeat(2 ** 20)}"}`),
  ]) {
    await make()
    const models = home.registry()
    expect((await models.list()).map(({ id }) => id)).toEqual(['One'])
    expect((await models.problems()).find(({ path }) => path === names)?.problem).toContain('cannot be read')
    expect((await refusalOf(models.addAlias('x', 'One'))).code).toBe('models_folder_unwritable')
    await rm(names, { recursive: true })
  }
  const all = Object.fromEntries(Array.from({ length: 2015 }, (_, index) => [`${index}`, 'x'.repeat(510)]))
  await writeFile(names, JSON.stringify(all))
  const models = home.registry()
  expect((await refusalOf(models.addAlias('x'.repeat(200), 'One'))).message).toContain('more names than can be read')
  expect((await models.problems()).filter(({ path }) => path === names)).toEqual([])
})

test('a name is found however its accents are written', async () => {
  await home.write(`own/${'modèle'.normalize('NFD')}.gguf`)
  const models = home.registry()
  for (const form of ['NFC', 'NFD'])
    expect((await models.find('Modèle'.normalize(form), 'chat')).path, form).toContain('.gguf')
  await models.addAlias('größe', 'modèle')
  expect((await models.remove('GRÖSSE'.replace('SS', 'ß').normalize('NFD'))).paths).toEqual([])
})

async function madeFolder(): Promise<string> {
  await mkdir(home.modelsDir, { recursive: true })
  return home.modelsDir
}
