import { afterEach, beforeEach, expect, test } from 'bun:test'
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
