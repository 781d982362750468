import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmod, copyFile, link, mkdir, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import type { ModelEntry, ModelSetting } from '../../core/model.ts'
import { type Home, makeHome, refusalOf, registryDefaults } from '../registry/registry.fixture.ts'

let home: Home
beforeEach(async () => {
  home = await makeHome()
})
afterEach(() => home[Symbol.asyncDispose]())

const namesOf = (entries: readonly ModelEntry[]) => entries.map(({ id, aliases }) => [id, ...aliases])
const isRoot = process.getuid?.() === 0

/** Makes a file of the hub's cache as huggingface_hub does: a blob, and a link to it. */
async function cache(repository: string, file: string, { commit = 'c0ffee', isMain = true } = {}): Promise<string> {
  const folder = join(home.path, '.cache/huggingface/hub', `models--${repository.replace('/', '--')}`)
  const blob = await home.write(relative(home.path, join(folder, 'blobs', `${commit}-${file.replaceAll('/', '-')}`)))
  const path = join(folder, 'snapshots', commit, file)
  await mkdir(dirname(path), { recursive: true })
  await symlink(relative(dirname(path), blob), path)
  if (!isMain) return path
  await mkdir(join(folder, 'refs'), { recursive: true })
  await writeFile(join(folder, 'refs', 'main'), commit)
  return path
}

test('uses what lies in the cache of Hugging Face, by the names that the hub gives it', async () => {
  const path = await cache('Qwen/Qwen3-8B-GGUF', 'Qwen3-8B-Q4_K_M.gguf')
  await cache('Qwen/Qwen3-8B-GGUF', 'Qwen3-8B-Q8_0.gguf')
  await cache('unsloth/Qwen3-4B-GGUF', 'Qwen3-4B-UD-Q4_K_XL.gguf')
  const models = home.registry()
  expect(namesOf(await models.list())).toEqual([
    [
      'Qwen3-4B-UD-Q4_K_XL',
      'unsloth/Qwen3-4B-GGUF/Qwen3-4B-UD-Q4_K_XL',
      'unsloth/Qwen3-4B-GGUF',
      'unsloth/Qwen3-4B-GGUF:UD-Q4_K_XL',
      'unsloth/Qwen3-4B-GGUF:Q4_K_XL',
    ],
    ['Qwen3-8B-Q4_K_M', 'Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M', 'Qwen/Qwen3-8B-GGUF:Q4_K_M'],
    ['Qwen3-8B-Q8_0', 'Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q8_0', 'Qwen/Qwen3-8B-GGUF:Q8_0'],
  ])
  for (const name of [
    'Qwen/Qwen3-8B-GGUF:Q4_K_M',
    'hf:qwen/qwen3-8b-gguf:q4_k_m',
    'hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M',
    'https://huggingface.co/Qwen/Qwen3-8B-GGUF:Q4_K_M',
    'hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf',
    'Qwen3-8B-Q4_K_M.gguf',
  ])
    expect((await models.find(name, 'chat')).path, name).toBe(path)
  expect((await models.find('hf:unsloth/Qwen3-4B-GGUF', 'chat')).store).toBe('hugging-face')
  // Which of two is meant is not guessed.
  expect((await refusalOf(models.find('hf:Qwen/Qwen3-8B-GGUF', 'chat'))).code).toBe('model_not_found')
  expect(await models.problems()).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ store: 'hugging-face' })]),
  )
})

test('of several commits in the cache the one of refs/main counts, and of the others what it lacks', async () => {
  const path = await cache('a/b', 'one.gguf', { commit: 'aaaa' })
  await cache('a/b', 'one.gguf', { commit: 'bbbb', isMain: false })
  const other = await cache('a/b', 'two.gguf', { commit: 'bbbb', isMain: false })
  const entries = await home.registry().list()
  expect(entries.map((entry) => entry.path)).toEqual([path, other])
})

test('takes split files of the cache for one model, and a missing blob for a problem of that model alone', async () => {
  for (const part of [1, 2, 3]) await cache('big/Big-GGUF', `Q4_K_M/Big-Q4_K_M-0000${part}-of-00003.gguf`)
  const gone = await cache('a/b', 'gone.gguf')
  await rm(join(dirname(gone), '../../blobs/c0ffee-gone.gguf'))
  const models = home.registry()
  expect(await models.list()).toMatchObject([{ id: 'Big-Q4_K_M', header: { tensorBytes: 384 } }])
  expect((await models.find('big/Big-GGUF:Q4_K_M', 'chat')).id).toBe('Big-Q4_K_M')
  expect(await refusalOf(models.find('gone', 'chat'))).toMatchObject({ code: 'model_unusable', status: 422 })
})

test('HF_HUB_CACHE and HF_HOME say where the cache is', async () => {
  await home.write('hub/models--a--b/snapshots/1/one.gguf')
  await home.write('hf/hub/models--c--d/snapshots/1/two.gguf')
  const idsWith = async (variables: Record<string, string>) =>
    (await home.registry({}, { variables }).list()).map(({ id }) => id)
  expect(await idsWith({ HF_HUB_CACHE: join(home.path, 'hub') })).toEqual(['one'])
  expect(await idsWith({ HUGGINGFACE_HUB_CACHE: 'hub' })).toEqual(['one'])
  expect(await idsWith({ HF_HOME: '~/hf' })).toEqual(['two'])
  expect(await idsWith({ HF_HUB_CACHE: '', HF_HOME: '' })).toEqual([])
})

const digest = (letter: string) => letter.repeat(64)

/** Makes a manifest of Ollama's store. */
async function manifest(place: string, layers: readonly object[], { folder = 'manifests', ...more } = {}) {
  const path = join(home.path, '.ollama/models', folder, place)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify({ schemaVersion: 2, config: {}, layers, ...more }))
}

const layer = (type: string, letter: string, mark = ':') => ({
  mediaType: `application/vnd.ollama.image.${type}`,
  digest: `sha256${mark}${digest(letter)}`,
  size: 1,
})

const blob = (letter: string) => `.ollama/models/blobs/sha256-${digest(letter)}`

test("uses Ollama's models by the names that Ollama gives them, with their parameters and adapters", async () => {
  const weights = await home.write(blob('a'))
  const adapter = await home.write(blob('d'))
  await writeFile(
    join(home.path, blob('b')),
    JSON.stringify({ temperature: 0.6, top_p: 0.9, top_k: 20, min_p: 7, num_ctx: 2048, stop: ['x'], num_predict: -1 }),
  )
  await manifest('registry.ollama.ai/library/llama3.2/1b', [
    layer('model', 'a'),
    layer('template', 'c'),
    layer('params', 'b'),
    layer('adapter', 'd'),
    layer('projector', 'e'),
  ])
  await home.write(blob('f'))
  await manifest('registry.ollama.ai/library/qwen3/latest', [layer('model', 'f')])
  await manifest('registry.ollama.ai/library/mine/latest', [layer('model', 'f')])
  await home.write(blob('0'))
  await manifest('hf.co/bartowski/Tiny-GGUF/Q4_K_M', [layer('model', '0', '-')])
  await home.write(blob('1'))
  await manifest('registry.ollama.ai/someone/thing/7b', [layer('model', '1')])
  await home.write(blob('2'))
  await manifest('localhost:5000/team/own/latest', [layer('model', '2')])
  const models = home.registry()
  expect(namesOf(await models.list())).toEqual([
    ['hf.co/bartowski/Tiny-GGUF:Q4_K_M', 'bartowski/Tiny-GGUF:Q4_K_M'],
    ['llama3.2:1b', 'registry.ollama.ai/library/llama3.2:1b'],
    ['localhost:5000/team/own', 'localhost:5000/team/own:latest'],
    ['mine', 'registry.ollama.ai/library/mine:latest', 'mine:latest', 'qwen3', 'qwen3:latest'],
    ['someone/thing:7b', 'registry.ollama.ai/someone/thing:7b'],
  ])
  expect(await models.find('llama3.2:1b', 'chat')).toMatchObject({
    path: weights,
    store: 'ollama',
    load: { adapters: [{ path: adapter, scale: 1 }], contextSize: 'auto' },
    defaults: { temperature: 0.6, topP: 0.9, topK: 20, minP: 0.05 },
  })
  expect((await models.find('Qwen3:latest', 'chat')).id).toBe('mine')
  expect((await models.find('hf:bartowski/tiny-gguf:q4_k_m', 'chat')).id).toBe('hf.co/bartowski/Tiny-GGUF:Q4_K_M')
})

test('what Ollama keeps with a model and is not used here is told, also of its other names', async () => {
  await home.write(blob('a'))
  await writeFile(join(home.path, blob('b')), '{"temperature": 0.6, "stop": ["x"], "num_ctx": 4096, "top_k": -3}')
  await manifest('registry.ollama.ai/library/mario/latest', [layer('model', 'a'), layer('system', 'c')])
  await manifest('registry.ollama.ai/library/plain/latest', [layer('model', 'a'), layer('license', 'd')])
  await manifest('registry.ollama.ai/library/set/latest', [
    layer('model', 'a'),
    layer('template', 'e'),
    layer('params', 'b'),
  ])
  const [mario, set] = await home.registry().list()
  expect(mario?.aliases).toContain('plain')
  expect(mario?.notes).toEqual([
    "Ollama keeps more with 'mario' than is used here; left out: the system prompt. Send the system prompt as a message.",
  ])
  expect(set?.notes).toEqual([
    "Ollama keeps more with 'set' than is used here; left out: the template, stop, num_ctx, top_k.",
  ])
})

test('models that share their weights and run in other manners are several, each with its own', async () => {
  const weights = await home.write(blob('a'))
  await writeFile(join(home.path, blob('b')), '{"temperature": 0.1}')
  await writeFile(join(home.path, blob('c')), '{"temperature": 0.9}')
  await manifest('registry.ollama.ai/library/cold/latest', [layer('model', 'a'), layer('params', 'b')])
  await manifest('registry.ollama.ai/library/plain/latest', [layer('model', 'a')])
  await manifest('registry.ollama.ai/library/warm/latest', [layer('model', 'a'), layer('params', 'c')])
  const manners = async (settings: readonly ModelSetting[], chat = 'tiny-chat') => {
    const { chat: _, ...defaults } = registryDefaults
    const entries = await home.registry({ settings, defaults: { ...defaults, chat: { id: chat } } }).list()
    expect(entries.every(({ path }) => path === weights)).toBe(true)
    return Object.fromEntries(entries.map(({ id, defaults: { temperature } }) => [id, temperature]))
  }
  expect(await manners([])).toEqual({ cold: 0.1, plain: 0.8, warm: 0.9 })
  expect(await manners([{ id: 'warm', aliases: ['w'] }])).toEqual({ cold: 0.1, plain: 0.8, warm: 0.9 })
  expect(await manners([{ id: 'warm', defaults: { temperature: 0.5 } }], 'plain')).toEqual({
    cold: 0.1,
    plain: 0.8,
    warm: 0.5,
  })
})

test('a folder that lies in another one that is named has nothing twice', async () => {
  await truncate(await home.write('own/cut.gguf'), 100)
  await home.write('own/user/repo/whole.gguf')
  const models = home.registry({}, { folders: [home.modelsDir, home.path] })
  expect((await models.list()).map(({ id }) => id)).toEqual(['whole'])
  const broken = (await models.problems()).filter(({ path }) => path.endsWith('cut.gguf'))
  expect(broken.map(({ id }) => id)).toEqual(['cut'])
})

test('a setting speaks of a model of a store by its name there', async () => {
  await home.write(blob('a'))
  await manifest('registry.ollama.ai/library/llama3.2/1b', [layer('model', 'a')])
  const models = home.registry({ settings: [{ id: 'llama3.2:1b', aliases: ['small'], load: { contextSize: 512 } }] })
  expect(await models.find('small', 'chat')).toMatchObject({
    id: 'llama3.2:1b',
    load: { contextSize: 512 },
    store: 'ollama',
  })
})

test("newer versions' manifests: links into blobs, lists of several formats, and references", async () => {
  await home.write(blob('a'))
  await home.write(blob('b'))
  await writeFile(join(home.path, blob('e')), JSON.stringify({ layers: [layer('model', 'b')] }))
  const list = { mediaType: 'application/vnd.ollama.manifest.list.v2+json' }
  await writeFile(
    join(home.path, blob('c')),
    JSON.stringify({
      ...list,
      manifests: [
        { runner: 'mlx', layers: [layer('tensor', 'd')] },
        { format: 'gguf', layers: [layer('model', 'a')] },
      ],
    }),
  )
  const folder = join(home.path, '.ollama/models/manifests-v2/registry.ollama.ai/library/both')
  await mkdir(folder, { recursive: true })
  await symlink(relative(folder, join(home.path, blob('c'))), join(folder, 'latest'))
  // The older one of the same name is out of force.
  await manifest('registry.ollama.ai/library/both/latest', [layer('model', 'b')])
  await manifest('registry.ollama.ai/library/far/latest', [], {
    folder: 'manifests-v2',
    ...list,
    manifests: [{ runner: 'llamacpp', digest: `sha256:${digest('e')}` }],
  } as never)
  const models = home.registry()
  expect((await models.list()).map(({ id, path }) => [id, path])).toEqual([
    ['both', join(home.path, blob('a'))],
    ['far', join(home.path, blob('b'))],
  ])
})

test("what is broken in Ollama's store is told, and harms nothing else", async () => {
  await home.write(blob('a'))
  await manifest('registry.ollama.ai/library/good/latest', [layer('model', 'a')])
  await manifest('registry.ollama.ai/library/out/latest', [
    { mediaType: 'application/vnd.ollama.image.model', digest: 'sha256:../../../../etc/passwd' },
  ])
  await manifest('registry.ollama.ai/library/tensors/latest', [layer('tensor', 'b')])
  await manifest('registry.ollama.ai/library/cloud/latest', [])
  await manifest('registry.ollama.ai/library/gone/latest', [layer('model', 'c')])
  await manifest('registry.ollama.ai/library/half/latest', [layer('model', 'd')])
  await writeFile(join(home.path, `${blob('d')}-partial`), '')
  const library = join(home.path, '.ollama/models/manifests/registry.ollama.ai/library')
  await writeFile(join(library, 'good', 'cut'), '{"layers": [')
  await writeFile(join(library, 'good', 'large'), 'x'.repeat(2 ** 20 + 1))
  await mkdir(join(library, 'good', 'folder'))
  await symlink('/nowhere', join(library, 'good', 'dangling'))
  await writeFile(join(library, '.DS_Store'), 'x')
  await writeFile(join(library, 'file'), 'x')
  const models = home.registry()
  expect((await models.list()).map(({ id }) => id)).toEqual(['good'])
  const problems = Object.fromEntries(
    (await models.problems()).filter(({ store }) => store === 'ollama').map(({ id, problem }) => [id, problem]),
  )
  expect(problems).toEqual({
    gone: 'there is no such file',
    half: 'Ollama has not fetched it whole yet',
    out: expect.stringContaining('the digest of its model is none'),
    tensors: expect.stringContaining('single tensors'),
    'good:cut': expect.stringContaining('its manifest cannot be used'),
    'good:large': expect.stringContaining('1048577 bytes'),
    'good:folder': expect.stringContaining('cannot be used'),
    'good:dangling': expect.stringContaining('cannot be used'),
  })
  await models.problems()
  expect(home.log.filter((line) => line.includes('of another program')).length).toBe(8)
  expect(await refusalOf(models.find('half', 'chat'))).toMatchObject({ code: 'model_unusable', status: 422 })
})

test("finds LM Studio's models where its pointer and its settings say, and passes over image readers", async () => {
  await home.write('studio/models/lmstudio-community/Gemma-GGUF/gemma-Q4_K_M.gguf')
  await home.write('studio/models/lmstudio-community/Gemma-GGUF/mmproj-model-f16.gguf', {
    'general.architecture': { type: 'string', value: 'clip' },
  })
  await home.write('elsewhere/someone/thing/thing.gguf')
  await home.write('.lmstudio/models/user/repo/old.gguf')
  await writeFile(join(home.path, '.lmstudio-home-pointer'), `${join(home.path, 'studio')}\n`)
  await writeFile(
    join(home.path, 'studio/settings.json'),
    JSON.stringify({ downloadsFolder: join(home.path, 'elsewhere') }),
  )
  const models = home.registry()
  expect(namesOf(await models.list())).toEqual([
    [
      'gemma-Q4_K_M',
      'lmstudio-community/Gemma-GGUF/gemma-Q4_K_M',
      'lmstudio-community/Gemma-GGUF',
      'lmstudio-community/Gemma-GGUF:Q4_K_M',
    ],
    ['old', 'user/repo/old', 'user/repo'],
    ['thing', 'someone/thing/thing', 'someone/thing'],
  ])
  expect((await models.find('old', 'chat')).store).toBe('lm-studio')
  expect((await models.problems()).map(({ id }) => id)).toEqual(['tiny-chat', 'tiny-vectors'])
})

test('a pointer and settings of LM Studio that are broken point nowhere', async () => {
  await home.write('.lmstudio/models/user/repo/still.gguf')
  await mkdir(join(home.path, '.lmstudio-home-pointer'))
  await writeFile(join(home.path, '.lmstudio/settings.json'), '{"downloadsFolder": "../relative"')
  expect((await home.registry().list()).map(({ id }) => id)).toEqual(['still'])
})

test('each store can be switched off', async () => {
  await cache('a/b', 'cached.gguf')
  await home.write(blob('a'))
  await manifest('registry.ollama.ai/library/pulled/latest', [layer('model', 'a')])
  await home.write('.lmstudio/models/user/repo/studio.gguf')
  const idsWithout = async (off: object) => (await home.registry({}, off).list()).map(({ id }) => id)
  expect(await idsWithout({})).toEqual(['cached', 'pulled', 'studio'])
  expect(await idsWithout({ huggingFaceCache: false })).toEqual(['pulled', 'studio'])
  expect(await idsWithout({ ollamaModels: false })).toEqual(['cached', 'studio'])
  expect(await idsWithout({ lmStudioModels: false })).toEqual(['cached', 'pulled'])
})

test('looks three folders deep, follows links but no loops, and passes over what is hidden or not whole', async () => {
  const folder = join(home.path, 'more')
  for (const path of [
    'one/two/three/deep.gguf',
    'one/two/three/four/deeper.gguf',
    'top.gguf',
    '.hidden/no.gguf',
    '._top.gguf',
  ])
    await home.write(join('more', path))
  await writeFile(join(folder, 'half.gguf.part'), '')
  await writeFile(join(folder, 'one/read.me'), '')
  await mkdir(join(home.path, 'linked'))
  await home.write('linked/there.gguf')
  await symlink(join(home.path, 'linked'), join(folder, 'link'))
  await symlink(folder, join(folder, 'one/loop'))
  await symlink('..', join(folder, 'one/up'))
  await symlink('self', join(folder, 'self'))
  const models = home.registry({}, { folders: [folder, join(home.path, 'absent')] })
  expect((await models.list()).map(({ id }) => id)).toEqual(['deep', 'there', 'top'])
  expect(await models.problems()).toContainEqual({
    id: join(home.path, 'absent'),
    path: join(home.path, 'absent'),
    problem: 'it is not there',
    isFolder: true,
  })
  await models.problems()
  expect(home.log.filter((line) => line.includes('absent'))).toEqual([
    `warn Nothing is taken from ${join(home.path, 'absent')}: it is not there.`,
  ])
})

test.skipIf(isRoot)('a folder that may not be read is told once, and the rest is used', async () => {
  await home.write('more/open.gguf')
  await home.write('more/closed/secret.gguf')
  await chmod(join(home.path, 'more/closed'), 0)
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  expect((await models.list()).map(({ id }) => id)).toEqual(['open'])
  expect((await models.problems()).find(({ isFolder }) => isFolder)?.problem).toContain('may not read it')
  await chmod(join(home.path, 'more/closed'), 0o700)
})

test('a folder that is a file is told', async () => {
  await writeFile(join(home.path, 'file'), '')
  const [problem] = await home.registry({}, { folders: [join(home.path, 'file')] }).problems()
  expect(problem).toMatchObject({ isFolder: true, problem: 'it is a file' })
})

test('models of one name get longer names, all of them, and keep them whatever the order; own files keep theirs', async () => {
  await home.write('own/user/repo/same.gguf')
  await home.write('more/other/place/SAME.gguf')
  await home.write('.lmstudio/models/third/place/mine.gguf')
  await home.write('own/mine.gguf')
  await home.write('own/user/repo/lone.gguf')
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  expect((await models.list()).map(({ id }) => id)).toEqual([
    'lone',
    'mine',
    'other/place/SAME',
    'third/place/mine',
    'user/repo/same',
  ])
  expect((await models.find('same', 'chat')).id).toBe('user/repo/same')
  expect((await models.find('mine', 'chat')).path).toBe(join(home.modelsDir, 'mine.gguf'))
  expect((await models.find('user/repo/lone.gguf', 'chat')).id).toBe('lone')
  expect((await models.problems()).map(({ id }) => id)).toEqual(['tiny-chat', 'tiny-vectors'])
})

test('two files with one long name are told apart by where they lie', async () => {
  await home.write('more/user/repo/same.gguf')
  await home.write('.lmstudio/models/user/repo/same.gguf')
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  expect((await models.list()).map(({ id }) => id)).toEqual(['lm-studio/user/repo/same', 'user/repo/same'])
})

test('one file under several paths, and a copy that another program has fetched, is one model', async () => {
  const path = await cache('user/repo', 'model-Q8_0.gguf')
  await mkdir(join(home.path, '.lmstudio/models/user/repo'), { recursive: true })
  await copyFile(path, join(home.path, '.lmstudio/models/user/repo/model-Q8_0.gguf'))
  await mkdir(home.modelsDir)
  await symlink(path, join(home.modelsDir, 'short.gguf'))
  await link(await home.write('own/first.gguf'), join(home.modelsDir, 'second.gguf'))
  const entries = await home.registry().list()
  expect(namesOf(entries)).toEqual([
    ['first', 'second'],
    ['short', 'model-Q8_0', 'user/repo/model-Q8_0', 'user/repo', 'user/repo:Q8_0'],
  ])
  expect(entries[1]?.store).toBeUndefined()
})

test('a model of the catalog that another program has fetched is used, and not fetched again', async () => {
  const path = await cache('tiny/Tiny-GGUF', 'Tiny.Q8_0.gguf')
  const models = home.registry()
  expect(await models.find(undefined, 'chat')).toMatchObject({ id: 'tiny-chat', path, store: 'hugging-face' })
  await home.write('own/Tiny.Q8_0.gguf')
  models.forget()
  expect((await models.find(undefined, 'chat')).path).toBe(join(home.modelsDir, 'Tiny.Q8_0.gguf'))
})

test('a name is never a path, not even of a file that is there', async () => {
  const path = await home.write('more/user/repo/there.gguf')
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  for (const name of [
    path,
    `file://${path}`,
    '../more/user/repo/there.gguf',
    'user/repo/../repo/there',
    './user/repo/there',
    'user//repo/there',
    'user\\repo\\there',
    'user/repo/there\0',
    'x'.repeat(5_000_000),
  ])
    expect((await refusalOf(models.find(name, 'chat'))).code, name.slice(0, 40)).toBe('model_not_found')
})

test('a name that claims a hundred thousand parts makes nobody look for them', async () => {
  await home.write('own/many-00001-of-99999.gguf')
  await home.write('own/none-00001-of-00000.gguf')
  expect((await home.registry().list()).map(({ id }) => id)).toEqual(['many', 'none'])
})

test('nothing is written into a store, and nothing of one is deleted', async () => {
  const cached = await cache('a/b', 'cached.gguf')
  await home.write(blob('a'))
  await manifest('registry.ollama.ai/library/pulled/latest', [layer('model', 'a')])
  const studio = await home.write('.lmstudio/models/user/repo/studio.gguf')
  await truncate(await home.write('.lmstudio/models/user/repo/cut.gguf'), 100)
  const more = await home.write('more/named.gguf')
  const before = await filesIn(home.path)
  const models = home.registry({}, { folders: [join(home.path, 'more')] })
  for (const [name, owner] of [
    ['cached', 'Hugging Face'],
    ['pulled', 'Ollama'],
    ['studio', 'LM Studio'],
    ['cut', 'LM Studio'],
    ['named', 'only read'],
  ] as const) {
    const refusal = await refusalOf(models.remove(name))
    expect(refusal, name).toMatchObject({ code: 'model_not_ours', status: 409 })
    expect(refusal.message, name).toContain(owner)
  }
  expect(await filesIn(home.path)).toEqual(before)
  for (const path of [cached, studio, more]) expect((await stat(path)).size).toBeGreaterThan(0)
})

const filesIn = async (folder: string) => (await readdir(folder, { recursive: true })).sort()
