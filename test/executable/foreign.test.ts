import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { outputOf, targets } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { proveExecutable } from '../../scripts/prove/executable-files.ts'
import { run } from '../run.ts'

/** One of each format that this machine cannot run; `npm run prove-dist` looks at all ten. */
const foreign = ['macos-arm64', 'windows-x64']

/** The newest version whose packages for macOS and Windows every registry has that was met; the pinned one's are missing in some. */
const nativeVersion = '3.21.1'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-foreign-'))
  const build = join(projectFolder, 'scripts', 'build', 'build.ts')
  const { code, output } = await run([
    process.execPath,
    build,
    ...foreign,
    '--native',
    nativeVersion,
    '--no-archives',
    '--output',
    folder,
  ])
  if (code !== 0) throw new Error(`They could not be built.\n${output}`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(foreign)('%s is built here, whole, and for its machine', async (name) => {
  const target = targets.find((each) => each.name === name)
  if (!target) throw new Error(`There is no target ${name}.`)
  const { facts, problems } = await proveExecutable(join(folder, basename(outputOf(target))), target)
  expect(problems).toEqual([])
  expect(facts).toContain(`native ${nativeVersion}`)
})
