import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { expectAnswers } from '../expect-answers.ts'
import { expectKeptResponses } from '../expect-responses.ts'
import { descendants, isRunning, untilGone } from '../processes.ts'
import { type ModelsFolder, makeModelsFolder } from '../real-models.ts'
import { run } from '../run.ts'
import { startHearth } from '../start-hearth.ts'
import { type LoneExecutable, loneExecutable } from './executable.ts'

let executable: LoneExecutable
let models: ModelsFolder
const start = () =>
  startHearth({
    by: { executable: executable.path },
    folder: executable.folder,
    environment: executable.environment,
    modelsFolder: models.path,
  })

beforeAll(async () => {
  executable = await loneExecutable()
  models = await makeModelsFolder()
})
afterAll(() => {
  executable?.[Symbol.dispose]()
  models?.[Symbol.dispose]()
})

test('says its version', async () => {
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
  const result = await run([executable.path, 'version'], executable)
  expect(result).toMatchObject({ code: 0, output: `${version}\n` })
})

test('alone, with nothing in its environment, it chats, streams, embeds, keeps responses and ends when asked to', async () => {
  await using server = await start()
  await expectAnswers(server.url)
  await expectKeptResponses(server.url)
  const children = descendants(server.processId)
  expect(children.length).toBeGreaterThanOrEqual(2)
  expect(await server.stop()).toBe(0)
  expect(children.filter(isRunning)).toEqual([])
  expect(readdirSync(executable.folder)).toHaveLength(1)
})

test('its children end when it is killed', async () => {
  await using server = await start()
  await expectAnswers(server.url)
  const children = descendants(server.processId)
  process.kill(server.processId, 'SIGKILL')
  await untilGone([server.processId, ...children], 10_000)
})

test('shows the documentation without a network', async () => {
  await using server = await start()
  const page = await fetch(`${server.url}/docs`).then((response) => response.text())
  const scripts = [...page.matchAll(/<script[^>]*\bsrc="([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(scripts.length).toBeGreaterThan(0)
  for (const path of scripts) {
    const response = await fetch(new URL(path, `${server.url}/docs`))
    expect(response.status, path).toBe(200)
    expect((await response.text()).length).toBeGreaterThan(100)
  }
})

test('does what the folder that it is started in says only where that is config.yaml', async () => {
  writeFileSync(join(executable.folder, '.env'), 'HEARTH_PORT=not-a-port\n')
  writeFileSync(join(executable.folder, 'bunfig.toml'), 'preload = ["./absent.ts"]\n')
  const { code, output } = await run([executable.path, 'config', 'explain'], executable)
  expect(code, output).toBe(0)
  expect(output).not.toContain('not-a-port')
})

test('looks itself over, and finds its libraries unpacked and working', async () => {
  const flags = ['--models-dir', models.path, '--port', '0', '--json']
  const { code, standardOutput, output } = await run([executable.path, 'doctor', ...flags], executable)
  expect(code, output).toBe(0)
  const { checks } = JSON.parse(standardOutput) as { checks: { id: string; status: string; message: string }[] }
  expect(checks).toContainEqual(expect.objectContaining({ id: 'native-libraries', status: 'ok' }))
  expect(checks.filter(({ id, status }) => id === 'default-model' && status === 'ok')).toHaveLength(2)
})

test('tells what machine it is on, and opens no native library in the process that serves', async () => {
  await using server = await start()
  const answer = await fetch(`${server.url}/v1/system/info`)
  const info = (await answer.json()) as {
    llama_cpp: { state: string; device: string }
    process: { is_compiled: boolean }
  }
  expect(info.process.is_compiled).toBe(true)
  expect(info.llama_cpp).toMatchObject({ state: 'ready', device: 'cpu' })
  const { data } = (await (await fetch(`${server.url}/v1/recipes`)).json()) as {
    data: { id: string; available: boolean }[]
  }
  expect(data.find(({ id }) => id === 'llama-cpp-cpu')?.available).toBe(true)
  const maps = `/proc/${server.processId}/maps`
  if (existsSync(maps)) expect(readFileSync(maps, 'utf8')).not.toMatch(/ggml|llama-addon/)
})
