import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
