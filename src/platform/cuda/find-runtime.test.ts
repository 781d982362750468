import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { findRuntime, foldersInCache, isOurs } from './find-runtime.ts'

let place: string

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-cuda-')))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const onLinux = test.skipIf(process.platform !== 'linux')
const names = ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13']

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(place, path)), { recursive: true })
    writeFileSync(join(place, path), '')
  }
}

const search = (changes: object = {}) =>
  findRuntime({ variables: {}, home: join(place, 'home'), dataFolder: join(place, 'data'), ...changes }, 13)

onLinux('what hearth cuda install put there is found', async () => {
  put(...names.map((name) => `data/cuda/13/${name}`))
  expect(await search()).toEqual({
    runtime: {
      source: 'own',
      folder: join(place, 'data/cuda/13'),
      files: names.map((name) => join(place, 'data/cuda/13', name)),
    },
  })
})

onLinux('so are the packages of a Python environment, as NVIDIA lays them out', async () => {
  put(...names.map((name) => `venv/lib/python3.12/site-packages/nvidia/cu13/lib/${name}`))
  expect(await search({ variables: { VIRTUAL_ENV: join(place, 'venv') } })).toMatchObject({
    runtime: { source: 'python' },
  })
})

onLinux('a folder given by hand goes before all others, and may be that of an environment', async () => {
  put(...names.map((name) => `data/cuda/13/${name}`), ...names.map((name) => `given/nvidia/cu13/lib/${name}`))
  expect(await search({ cudaFolder: join(place, 'given') })).toMatchObject({
    runtime: { source: 'hand', folder: join(place, 'given/nvidia/cu13/lib') },
  })
})

onLinux('a folder that everybody can write to is passed over, and named', async () => {
  put(...names.map((name) => `data/cuda/13/${name}`))
  chmodSync(join(place, 'data/cuda/13'), 0o777)
  expect(await search()).toEqual({ missing: names, untrusted: [join(place, 'data/cuda/13')] })
})

onLinux('a file is ours when nobody else can put another one in its place', () => {
  put('safe/library', 'open/below/library', 'loose/library')
  const at = (path: string) => join(place, path)
  expect(isOurs(at('safe/library'))).toBe(true)
  chmodSync(at('open'), 0o777)
  expect(isOurs(at('open/below/library'))).toBe(false)
  chmodSync(at('loose/library'), 0o666)
  expect(isOurs(at('loose/library'))).toBe(false)
  symlinkSync(at('open/below/library'), at('safe/link'))
  expect(isOurs(at('safe/link'))).toBe(false)
  expect(isOurs(at('absent'))).toBe(false)
})

test('the cache of the loader tells folders of the libraries that are looked for', () => {
  const cache = `2 libs found in cache \`/etc/ld.so.cache'
\tlibcudart.so.13 (libc6,x86-64) => /usr/local/cuda/targets/x86_64-linux/lib/libcudart.so.13
\tlibcublas.so.13 (libc6,x86-64) => /usr/local/cuda/targets/x86_64-linux/lib/libcublas.so.13
\tlibcublas.so.12 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcublas.so.12
`
  expect(foldersInCache(cache, names)).toEqual(['/usr/local/cuda/targets/x86_64-linux/lib'])
})
