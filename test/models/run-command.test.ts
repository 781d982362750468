import { afterAll, beforeAll, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { collectOutput } from '../collect-output.ts'
import { descendants, untilGone } from '../processes.ts'
import { type ModelsFolder, makeModelsFolder } from '../real-models.ts'
import { startHearth } from '../start-hearth.ts'

const main = join(projectFolder, 'src', 'main.ts')
const model = 'smollm2-135m-instruct'
let home: string
let models: ModelsFolder

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hearth-home-'))
  models = await makeModelsFolder()
})
afterAll(() => {
  rmSync(home, { recursive: true, force: true })
  models?.[Symbol.dispose]()
})

/** A command as its own process. It looks for no server but the one that the variables name. */
function hearth(args: readonly string[], { input = '', variables = {} as Record<string, string> } = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HEARTH_HOME: home,
      HEARTH_MODELS_DIR: models.path,
      HEARTH_PORT: '0',
      ...variables,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  const { ended } = collectOutput(child)
  return { child, ended }
}

const question = ['run', model, 'Say hello in one sentence.', '--temperature', '0', '--max-tokens', '12']

test('run answers the same without a server and with one, and leaves no process behind', async () => {
  const alone = hearth(question)
  const own = await alone.ended
  expect(own).toMatchObject({ code: 0, errors: '' })
  expect(own.output.trim().length).toBeGreaterThan(0)
  await using server = await startHearth({ modelsFolder: models.path, flags: ['--no-preload'] })
  const variables = { HEARTH_URL: server.url }
  expect(await hearth(question, { variables }).ended).toEqual(own)
  const loaded = JSON.parse((await hearth(['ps', '--json'], { variables }).ended).output)
  expect(loaded).toContainEqual(expect.objectContaining({ id: model, state: 'ready' }))
  const unloaded = JSON.parse((await hearth(['unload', model, '--json'], { variables }).ended).output)
  expect(unloaded.freed_bytes).toBeGreaterThan(50e6)
  expect(descendants(server.processId)).toEqual([])
})

test('run follows a schema, and a conversation on standard input is a prompt', async () => {
  const schema = join(home, 'person.json')
  const properties = { name: { type: 'string', maxLength: 20 }, age: { type: 'integer', minimum: 0, maximum: 99 } }
  writeFileSync(
    schema,
    JSON.stringify({ type: 'object', properties, required: ['name', 'age'], additionalProperties: false }),
  )
  const { code, output } = await hearth(['run', model, '--format', schema], { input: 'Ada is 36.' }).ended
  expect(code).toBe(0)
  expect(Object.keys(JSON.parse(output))).toEqual(['name', 'age'])
})

test('Ctrl+C ends an answer, the parts of the server, and the process of the model', async () => {
  const { child, ended } = hearth(['run', model, 'Tell a very long story.', '--max-tokens', '1500'])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const family = descendants(child.pid ?? 0)
  expect(family.length).toBeGreaterThan(0)
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
  await untilGone(family, 10_000)
})

test('embed without a server', async () => {
  const { code, output } = await hearth(['embed', 'all-minilm-l6-v2', 'a cat', 'a dog']).ended
  expect(code).toBe(0)
  const vectors = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[])
  expect(vectors.map((vector) => vector.length)).toEqual([384, 384])
})

test('bench measures a model from outside', async () => {
  const sizes = ['--requests', '1,2', '--prompt', '64', '--tokens', '8', '--json']
  const { code, output } = await hearth(['bench', model, ...sizes]).ended
  expect(code).toBe(0)
  const { results } = JSON.parse(output)
  for (const row of results) expect(row.generating_tokens_per_second).toBeGreaterThan(0)
})
