import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { composeRegistry } from '../../compose-registry.ts'
import type { Config } from '../../config/config.ts'
import { makeEnvironment } from '../../config/environment.ts'
import { loadConfig } from '../../config/load.ts'
import { writeGguf } from '../../models/gguf/write-gguf.ts'
import { sha256, startTestHub } from '../../models/pull/test-hub.ts'
import { missingModels } from '../missing-models.ts'

let folder: string
let body: Uint8Array

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-pull-'))
  await writeGguf(join(folder, 'source.gguf'), {
    metadata: { 'general.architecture': { type: 'string', value: 'llama' } },
    tensors: [{ name: 'a', type: 'F32', dimensions: [4096], data: async () => new Uint8Array(16_384).fill(7) }],
  })
  body = readFileSync(join(folder, 'source.gguf'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Without a server: the configuration takes any free port. */
const hearth = (args: readonly string[], variables: Record<string, string> = {}) =>
  runCommandLine(args, { variables: { HEARTH_HOME: folder, HEARTH_PORT: '0', ...variables }, input: '' })

test('pull fetches in this process where no server runs, and says when a model is there', async () => {
  await using hub = await startTestHub(body)
  const url = `${hub.url}/Tiny-Q8_0.gguf`
  const pulled = await hearth(['pull', url, '--sha256', sha256(body), '--force', '--json'])
  expect(pulled).toMatchObject({ code: 0 })
  const path = join(folder, 'models', 'Tiny-Q8_0.gguf')
  expect(JSON.parse(pulled.output)).toEqual([{ id: 'Tiny-Q8_0', fetched: true, path }])
  expect(readFileSync(path)).toEqual(Buffer.from(body))
  const again = await hearth(['pull', url, '--force'])
  expect(again).toMatchObject({ code: 0, output: `Tiny-Q8_0: is there, ${path}\n` })
})

test('a wrong sum is an error with a hint, and no file stands under the name of the model', async () => {
  await using hub = await startTestHub(body)
  const { code, errors, output } = await hearth([
    'pull',
    `${hub.url}/Tiny.gguf`,
    '--sha256',
    sha256(new Uint8Array(3)),
    '--force',
  ])
  expect([code, output]).toEqual([1, ''])
  expect(errors).toContain('sha256')
  expect(readdirSync(join(folder, 'models')).filter((name) => name.endsWith('.gguf'))).toEqual([])
})

test('pull --defaults fetches the default models, by the address of the hub that the environment names', async () => {
  await using hub = await startTestHub(body)
  const config = join(folder, 'config.yaml')
  const source = '{hugging_face: {repo: u/r, file: Tiny.gguf}}'
  const entry = `{id: tiny, kind: chat, file: Tiny.gguf, sources: [${source}]}`
  writeFileSync(config, `model: tiny\nembedding_model: tiny\ncatalog: [${entry}]\n`)
  const { code, errors } = await hearth(['pull', '--defaults', '--force', '--config', config], { HF_ENDPOINT: hub.url })
  expect(code, errors).toBe(0)
  expect(existsSync(join(folder, 'models', 'Tiny.gguf'))).toBe(true)
})

test('a model of the catalog that another program has is not fetched again, unless it is asked for by its sum', async () => {
  await using hub = await startTestHub(body)
  const config = join(folder, 'config.yaml')
  const source = '{hugging_face: {repo: u/r, file: Tiny.gguf}}'
  const entry = `{id: tiny, kind: chat, file: Tiny.gguf, sources: [${source}]}`
  writeFileSync(config, `model: tiny\nembedding_model: tiny\ncatalog: [${entry}]\n`)
  const snapshot = join(folder, 'hub', 'models--u--r', 'snapshots', 'c0ffee')
  mkdirSync(snapshot, { recursive: true })
  writeFileSync(join(snapshot, 'Tiny.gguf'), body)
  const variables = { HF_ENDPOINT: hub.url, HF_HUB_CACHE: join(folder, 'hub') }
  const path = join(snapshot, 'Tiny.gguf')
  for (const what of ['tiny', 'TINY', '--defaults']) {
    const pulled = await hearth(['pull', what, '--config', config, '--json'], variables)
    expect(pulled.code, pulled.errors).toBe(0)
    expect(JSON.parse(pulled.output), what).toEqual([{ id: 'tiny', fetched: false, path }])
  }
  expect(hub.headers).toEqual([])
  expect(readdirSync(join(folder, 'models')).filter((name) => name.endsWith('.gguf'))).toEqual([])
  const environment = makeEnvironment({ variables, platform: 'linux', home: folder, currentFolder: folder })
  const entries = [
    { id: 'tiny', kind: 'chat', file: 'Tiny.gguf', sources: [{ hugging_face: { repo: 'u/r', file: 'Tiny.gguf' } }] },
  ] as const
  const usual = loadConfig({ flags: {}, environment }).config
  const defaults: Config = { ...usual, model: 'tiny', embedding_model: 'tiny', catalog: [...entries] as never }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const missing = (hugging_face_cache: boolean) =>
    missingModels(defaults, composeRegistry({ config: { ...defaults, hugging_face_cache }, environment, log }))
  expect(await missing(true)).toEqual([])
  expect(await missing(false)).toEqual(['tiny', 'tiny'])
  const summed = await hearth(['pull', 'tiny', '--config', config, '--force', '--sha256', sha256(body)], variables)
  expect(summed.code, summed.errors).toBe(0)
  expect(existsSync(join(folder, 'models', 'Tiny.gguf'))).toBe(true)
})
