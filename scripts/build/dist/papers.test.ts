import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { projectFolder } from '../../project-folder.ts'
import { targets } from '../targets.ts'
import { bundledPackages, packageFolderOf } from './bundled-packages.ts'
import type { Component } from './component.ts'
import { MissingLicence } from './component.ts'
import { computeLibrariesVersion } from './device-libraries.ts'
import { type Papers, writePapers } from './embed-papers.ts'
import { llamaCppRelease } from './executable-components.ts'
import type { ExecutableContents } from './executable-contents.ts'
import { packageTexts } from './package-licence.ts'
import { renderBill } from './render-bill.ts'
import { renderLicences } from './render-licences.ts'

const modules = join(projectFolder, 'node_modules')
let place: string
let contents: ExecutableContents
let papers: Papers

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'hearth-papers-'))
  writeFileSync(
    join(place, 'package.json'),
    '{ "name": "@oven/bun-linux-x64-baseline", "version": "1.4.5", "license": "MIT" }',
  )
  const file = (name: string, part: 'libraries' | 'c++-runtime') => {
    const path = join(place, name.replace('/', '-'))
    writeFileSync(path, `GCC: (Debian 12.2.0-14) 12.2.0 ${name}`)
    return { name, part, path, bytes: 10, sha256: 'ab'.repeat(32), compressed: path }
  }
  const installed = (name: string) => {
    const { version } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'))
    return { name, version, folder: join(modules, name) }
  }
  const target = targets.find(({ name }) => name === 'linux-x64')
  if (!target) throw new Error('There is no such target.')
  contents = {
    target,
    runtime: { name: '@oven/bun-linux-x64-baseline', version: '1.4.5', folder: place },
    nodeLlamaCpp: installed('node-llama-cpp'),
    // What it has of papers every package of native libraries has.
    nativePackages: [{ ...installed('node-llama-cpp'), name: '@node-llama-cpp/linux-x64' }],
    hash: 'abc',
    files: [
      file('llama-addon.node', 'libraries'),
      file('hearth-step.node', 'libraries'),
      file('c++-runtime/libstdc++.so.6', 'c++-runtime'),
    ],
  }
  papers = await writePapers(contents)
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

interface Bill {
  readonly serialNumber: string
  readonly metadata: { readonly timestamp?: string }
  readonly components: readonly BillComponent[]
}
interface BillComponent {
  readonly name: string
  readonly version?: string
  readonly purl?: string
  readonly hashes?: readonly { readonly alg: string }[]
  readonly components?: readonly BillComponent[]
}
const bill = () => JSON.parse(papers.bill) as Bill
const component = (name: string) => bill().components.find((each) => each.name === name)

test('the bill of materials is valid CycloneDX 1.6', async () => {
  const validator = new JsonStrictValidator(Version.v1dot6)
  expect(await validator.validate(papers.bill)).toBeNull()
  expect(await validator.validate(papers.bill.replace('"library"', '"lib"'))).not.toBeNull()
})

test('the bill names the runtime and what it is linked with, llama.cpp, our step and npm’s packages', () => {
  const runtime = component('@oven/bun-linux-x64-baseline')
  expect(runtime).toMatchObject({ version: '1.4.5', purl: 'pkg:npm/%40oven/bun-linux-x64-baseline@1.4.5' })
  expect(runtime?.components?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['JavaScriptCore', 'BoringSSL', 'ICU']),
  )
  const native = component('@node-llama-cpp/linux-x64')
  const inside = native?.components?.find(({ name }) => name === 'llama.cpp')
  expect(inside?.version).toMatch(/^(v|b)\d/)
  expect(inside?.purl).toBe(`pkg:github/ggml-org/llama.cpp@${inside?.version}`)
  expect(native?.components?.map(({ name }) => name)).toContain('llama-addon.node')
  expect(component('hearth-step')?.components?.[0]?.hashes?.[0]?.alg).toBe('SHA-256')
  expect(component('libstdc++ and libgcc')).toMatchObject({ version: '12.2.0', purl: 'pkg:generic/gcc@12.2.0' })
  expect(component('elysia')?.hashes?.[0]?.alg).toBe('SHA-512')
  for (const name of ['swagger-ui-dist', 'yaml', 'node-llama-cpp'])
    expect(component(name)?.version, name).toMatch(/^\d/)
})

test('the same contents make the same bytes, without a time; others have another serial number', async () => {
  expect(await writePapers(contents)).toEqual(papers)
  expect(papers.bill).not.toContain('timestamp')
  const other = JSON.parse(renderBill(contents.target, [])) as Bill
  expect(other.serialNumber).toMatch(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(other.serialNumber).not.toBe(bill().serialNumber)
})

test('the licences name everything that the bill does, with the texts', () => {
  const names = (components: readonly BillComponent[]): string[] =>
    components.flatMap((each) => [...(each.purl === undefined ? [] : [each.name]), ...names(each.components ?? [])])
  for (const name of names(bill().components)) expect(papers.licences).toContain(name)
  for (const part of [
    'GCC RUNTIME LIBRARY EXCEPTION',
    'The ggml authors',
    'GNU LIBRARY GENERAL PUBLIC LICENSE',
    'https://github.com/oven-sh/webkit',
    'https://github.com/oven-sh/tinycc',
    'Hearth with a Bun of your own',
    'Models, drivers of GPUs',
    'SmartBear',
  ]) {
    expect(papers.licences).toContain(part)
  }
})

test.each([
  ['linux-x64-cuda', 'CUDA Core Compute Libraries (CUB, Thrust, libcu++)', 'Duane Merrill'],
  ['linux-x64-vulkan', 'Vulkan-Hpp', 'Khronos'],
])('the papers of %s name %s, whose code is in its libraries', async (name, library, owner) => {
  const target = targets.find((each) => each.name === name)
  if (!target) throw new Error('There is no such target.')
  const other = await writePapers({ ...contents, target })
  expect(other.licences).toContain(`  ${library}: `)
  expect(other.licences).toContain(owner)
  expect(other.bill).toContain(`"${library}"`)
  expect(await new JsonStrictValidator(Version.v1dot6).validate(other.bill)).toBeNull()
  expect(papers.licences).not.toContain(library)
})

test('the version of CUDA’s libraries is read from what was compiled', () => {
  const version = (text: string) => computeLibrariesVersion(Buffer.from(text))
  expect(version('THRUST_NS _ZN6thrust THRUST_300104_SM_750_NS12')).toBe('3.1.4')
  expect(version('THRUST_200802_750_NS')).toBe('2.8.2')
  expect(version('THRUST_')).toBeUndefined()
})

test('a text that several have stands there once, with all their names', () => {
  const one: Component = { name: 'one', kind: 'library', licence: 'MIT', texts: ['Do as you like.\n'] }
  const text = renderLicences('linux-x64', 'Ours.', [
    one,
    { ...one, name: 'two', version: '2.0.0', parts: [{ ...one, name: 'three' }] },
  ])
  expect(text.split('Do as you like.')).toHaveLength(2)
  expect(text).toContain('one: MIT\ntwo 2.0.0: MIT\nthree: MIT\n')
})

test('a package without a licence text fails', () => {
  const folder = mkdtempSync(join(place, 'bare-'))
  writeFileSync(join(folder, 'index.js'), '')
  const texts = () => packageTexts({ name: '@a/bare', version: '1.0.0', folder })
  expect(texts).toThrow(MissingLicence)
  expect(texts).toThrow('packaging/licences/npm/@a+bare.txt')
  writeFileSync(join(folder, 'LICENSE-MIT'), 'Yes.\r\n')
  expect(texts()).toEqual(['Yes.\n'])
})

test('a package whose notices are not where they were fails', () => {
  const folder = mkdtempSync(join(place, 'moved-'))
  writeFileSync(join(folder, 'LICENSE'), 'Yes.')
  expect(() => packageTexts({ name: 'swagger-ui-dist', version: '9.0.0', folder })).toThrow(MissingLicence)
})

test('the bundler names what the program imports, and nothing that only tests use', async () => {
  const names = (await bundledPackages()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['elysia', 'yaml', 'swagger-ui-dist', 'string-width']))
  expect(names).not.toContain('ajv')
})

test.each([
  ['node_modules/a/b.js', 'node_modules/a'],
  ['node_modules/@a/b/c/d.js', 'node_modules/@a/b'],
  ['node_modules/a/node_modules/b/c.js', 'node_modules/a/node_modules/b'],
  ['node_modules\\a\\b.js', 'node_modules/a'],
  ['src/main.ts', undefined],
])('%s belongs to %s', (path, folder) => {
  expect(packageFolderOf(path)).toBe(folder)
})

test.skipIf(!Bun.which('git'))(
  'the licences of llama.cpp that are kept are those of the release that is pinned',
  () => {
    const bundle = join(modules, 'node-llama-cpp', 'llama', 'gitRelease.bundle')
    const clone = join(place, 'llama.cpp')
    execFileSync('git', ['clone', '--quiet', '--no-checkout', bundle, clone], { stdio: ['ignore', 'ignore', 'pipe'] })
    const show = (path: string) => execFileSync('git', ['-C', clone, 'show', `HEAD:${path}`]).toString()
    const kept = (name: string) => readFileSync(join(projectFolder, 'packaging', 'licences', 'llama-cpp', name), 'utf8')
    expect(kept('llama-cpp.txt')).toBe(show('LICENSE'))
    expect(kept('jsonhpp.txt')).toBe(show('licenses/LICENSE-jsonhpp'))
    expect(kept('cpp-httplib.txt')).toBe(show('vendor/cpp-httplib/LICENSE'))
  },
)

test('the release of llama.cpp comes from the native package, else from node-llama-cpp', () => {
  const release = llamaCppRelease(undefined, join(modules, 'node-llama-cpp'))
  expect(release).toMatch(/^(v|b)\d/)
  const machines = readdirSync(join(modules, '@node-llama-cpp')).filter((name) =>
    readdirSync(join(modules, '@node-llama-cpp', name)).includes('bins'),
  )
  for (const name of machines) {
    expect(llamaCppRelease(join(modules, '@node-llama-cpp', name), '/nowhere')).toBe(release as string)
  }
})
