import { afterEach, beforeEach, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type ModelsFolder, makeModelsFolder } from '../real-models.ts'
import { startHearth } from '../start-hearth.ts'
import { type LoneExecutable, loneExecutable } from './executable.ts'

let executable: LoneExecutable
let models: ModelsFolder

beforeEach(async () => {
  executable = await loneExecutable()
  models = await makeModelsFolder()
}, 300_000)
afterEach(() => {
  executable?.[Symbol.dispose]()
  models?.[Symbol.dispose]()
})

/** As install.sh and package managers do it: the new file takes the name of the old one. */
function putInPlace(write: (path: string) => void) {
  write(`${executable.path}.new`)
  renameSync(`${executable.path}.new`, executable.path)
}

// Elsewhere a file that runs has no name but its path.
test.skipIf(process.platform !== 'linux').each([
  ['removed', () => rmSync(executable.path)],
  ['replaced by the same', () => putInPlace((path) => copyFileSync(executable.path, path))],
  ['replaced by another', () => putInPlace((path) => writeFileSync(path, '#!/bin/sh\nexit 3\n', { mode: 0o755 }))],
])('a server whose file was %s goes on with the old one, and says so', async (_, change) => {
  await using server = await startHearth({
    by: { executable: executable.path },
    folder: executable.folder,
    environment: executable.environment,
    flags: ['--no-preload'],
    modelsFolder: models.path,
  })
  change()
  const answer = await fetch(`${server.url}/v1/embeddings`, {
    method: 'POST',
    body: JSON.stringify({ input: 'a word' }),
  })
  expect(await answer.json()).toMatchObject({ data: [{ index: 0 }] })
  expect(server.log()).toContain(`${executable.path} was replaced or removed: models go on with the version that runs`)
  expect(await fetch(`${server.url}/v1/system/info`).then((response) => response.json())).toMatchObject({
    llama_cpp: { state: 'ready' },
  })
})

const canMount = process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0

// Without /proc, a file that runs has no name but its path on Linux either.
test.skipIf(!canMount)('where only a path leads to a file, nothing else is started in its place', async () => {
  await using server = await startHearth({
    by: { command: ['unshare', '--mount', executable.path] },
    folder: executable.folder,
    environment: { ...executable.environment, PATH: process.env.PATH ?? '' },
    flags: ['--no-preload'],
    modelsFolder: models.path,
  })
  // Bun itself does not start without it.
  const left = spawnSync('nsenter', ['--target', `${server.processId}`, '--mount', 'umount', '-l', '/proc'])
  expect(left.status).toBe(0)
  const info = await fetch(`${server.url}/v1/system/info`)
  expect([info.status, await info.json()]).toMatchObject([200, { process: { is_compiled: true } }])
  putInPlace((path) => writeFileSync(path, '#!/bin/sh\nexit 3\n', { mode: 0o755 }))
  const answer = await fetch(`${server.url}/v1/embeddings`, {
    method: 'POST',
    body: JSON.stringify({ input: 'a word' }),
  })
  expect(await answer.json()).toMatchObject({
    error: { code: 'native_libraries_unusable', hint: 'Restart Hearth: models that are loaded work until then.' },
  })
})
