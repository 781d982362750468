import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { releaseNames } from '../../scripts/build/dist/release-files.ts'
import { writeDistribution } from '../../scripts/build/dist/write-distribution.ts'
import { ownTarget } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { version } from '../../src/config/version.ts'
import type { ReleaseManifest } from '../../src/core/release-manifest.ts'
import { run } from '../run.ts'
import { type LoneExecutable, loneExecutable } from './executable.ts'

interface Checked {
  readonly is_whole: boolean
  readonly problems: readonly string[]
  readonly checked_by: string
  readonly target: string
  readonly format: { readonly machine: string }
  readonly files: readonly { readonly name: string; readonly part: string; readonly is_whole: boolean }[]
  readonly unpacked: { readonly is_there: boolean; readonly damaged: readonly string[] } | null
}

const target = ownTarget()
let executable: LoneExecutable
let folder: string

beforeAll(async () => {
  executable = await loneExecutable()
  folder = mkdtempSync(join(tmpdir(), 'hearth-dist-'))
})
afterAll(() => {
  executable?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function selfCheck(...parameters: string[]) {
  const { code, standardOutput, output } = await run(
    [executable.path, 'self-check', '--json', ...parameters],
    executable,
  )
  expect(standardOutput, output).toStartWith('{')
  return { code, check: JSON.parse(standardOutput) as Checked }
}

test('tells what is in it, and that every byte is as it was built', async () => {
  const { code, check } = await selfCheck()
  expect(check.problems).toEqual([])
  expect(code).toBe(0)
  expect(check).toMatchObject({ is_whole: true, target: target?.name, format: { machine: target?.machine } })
  expect(check.checked_by).toBe(process.platform === 'darwin' ? 'signature' : 'seal')
  const libraries = check.files.filter(({ part }) => part === 'libraries').map(({ name }) => name)
  expect(libraries).toContain('llama-addon.node')
  expect(libraries.some((name) => name.includes('ggml-cpu'))).toBe(true)
  const { output } = await run([executable.path, 'self-check', '--list'], executable)
  for (const name of libraries) expect(output).toContain(`${name} `)
})

test('finds a byte that has changed in a copy, in the code and in a library', async () => {
  const content = readFileSync(executable.path)
  const copy = join(folder, 'copy')
  const frame = content.indexOf(Buffer.from('28b52ffd', 'hex'), content.byteLength >> 1)
  for (const at of [content.byteLength >> 2, frame + 1000]) {
    content[at] = (content[at] ?? 0) ^ 1
    writeFileSync(copy, content)
    const { code, check } = await selfCheck(copy)
    expect(code).toBe(1)
    expect(check.problems.length).toBeGreaterThan(0)
    content[at] = (content[at] ?? 0) ^ 1
  }
  rmSync(copy)
})

test('finds an unpacked library that has changed', async () => {
  await run([executable.path, 'version', '--json'], executable)
  const parent = join(executable.environment.HOME, '.local', 'share', 'hearth', 'native')
  const unpacked = join(parent, readdirSync(parent).find((name) => !name.startsWith('.')) ?? '')
  expect((await selfCheck()).check.unpacked).toMatchObject({ is_there: true, damaged: [] })
  rmSync(join(unpacked, 'llama-addon.node'))
  const { code, check } = await selfCheck()
  expect(code).toBe(1)
  expect(check.unpacked?.damaged).toEqual(['llama-addon.node'])
  rmSync(unpacked, { recursive: true, force: true })
})

test('prints the licences of what is inside, and a valid bill of materials', async () => {
  const licences = await run([executable.path, 'licences'], executable)
  expect(licences.code).toBe(0)
  for (const name of ['JavaScriptCore', 'llama.cpp', 'elysia', 'swagger-ui-dist'])
    expect(licences.output).toContain(name)
  const { standardOutput } = await run([executable.path, 'licenses', '--sbom'], executable)
  expect(await new JsonStrictValidator(Version.v1dot6).validate(standardOutput)).toBeNull()
})

test.skipIf(process.platform === 'win32')(
  'its archive unpacks to a file that works, and the sums of the lists are right',
  async () => {
    if (!target) throw new Error('There is no target for this machine.')
    const names = releaseNames(target, version)
    const output = join(folder, basename(executable.path))
    copyFileSync(executable.path, output)
    await writeDistribution([{ target, output }], { archives: true, xzLevel: 0, onNote: () => {} })
    expect(await run(['sha256sum', '--check', '--strict', 'SHA256SUMS'], { folder })).toMatchObject({ code: 0 })
    const release = JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')) as ReleaseManifest
    expect(release.files).toHaveLength(1)
    expect(release.files[0]).toMatchObject({
      archive: names.archive,
      bytes: statSync(join(folder, names.archive)).size,
    })
    const place = join(folder, 'unpacked')
    mkdirSync(place)
    expect(await run(['tar', '-xf', join(folder, names.archive), '-C', place])).toMatchObject({ code: 0, output: '' })
    const inside = join(place, names.folder)
    expect(readFileSync(join(inside, names.program)).equals(readFileSync(executable.path))).toBe(true)
    const told = await run([join(inside, names.program), 'version'], { environment: executable.environment })
    expect(told).toMatchObject({ code: 0, output: `${version}\n` })
    const { standardOutput } = await run([executable.path, 'licenses'], executable)
    expect(readFileSync(join(inside, 'LICENSES.txt'), 'utf8')).toBe(standardOutput)
    expect(readFileSync(join(inside, names.bill), 'utf8')).toBe(readFileSync(join(folder, names.bill), 'utf8'))
  },
)

test('from source it looks over an executable just the same, and says that it is none itself', async () => {
  const source = [process.execPath, join(projectFolder, 'src', 'main.ts')] as const
  const { code, output } = await run([...source, 'self-check', executable.path], executable)
  expect(code, output).toBe(0)
  expect(output).toContain('Every byte is as it was built')
  for (const command of ['self-check', 'licenses']) {
    const refused = await run([...source, command], executable)
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('from its source') })
  }
})
