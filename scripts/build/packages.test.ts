import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NpmProgram } from '../npm-program.mjs'
import { MissingPackage, packageFolder, UnreachablePackage } from './packages.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-packages-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const wanted = { name: '@test/libraries', version: '1.2.3' }

/** An npm that does what a script says, and writes a line into `calls` each time. */
function fakeNpm(script: string): NpmProgram {
  const path = join(place, 'npm.ts')
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs'
const parameters = process.argv.slice(2)
appendFileSync(${JSON.stringify(join(place, 'calls'))}, parameters[0] + '\\n')
const fail = (code: string, summary: string) => { console.log(JSON.stringify({ error: { code, summary } })); process.exit(1) }
const pack = async (files: Record<string, string>) => {
  await Bun.Archive.write(parameters[3] + '/test-libraries-1.2.3.tgz', files, { compress: 'gzip' })
  console.log(JSON.stringify([{ filename: 'test-libraries-1.2.3.tgz' }]))
}
${script}`,
  )
  return { program: process.execPath, first: [path], shell: false }
}

const files = { 'package/package.json': '{"name":"@test/libraries","version":"1.2.3"}', 'package/bins/a.so': 'library' }
const packs = `await pack(${JSON.stringify(files)})`
const calls = () =>
  existsSync(join(place, 'calls')) ? readFileSync(join(place, 'calls'), 'utf8').split('\n').length - 1 : 0
const fetchIt = (script: string, onNote?: (line: string) => void) =>
  packageFolder(wanted, {
    npm: fakeNpm(script),
    cache: join(place, 'cache'),
    installed: join(place, 'node_modules'),
    ...(onNote && { onNote }),
  })

test('fetches a package once, and finds it the next time', async () => {
  const folder = await fetchIt(packs)
  expect(readFileSync(join(folder, 'bins', 'a.so'), 'utf8')).toBe('library')
  expect(await fetchIt(packs)).toBe(folder)
  expect(calls()).toBe(1)
  expect(readdirSync(join(place, 'cache'))).toEqual(['@test+libraries@1.2.3'])
})

test('takes what is installed at that very version, and only that', async () => {
  const installed = join(place, 'node_modules', '@test', 'libraries')
  mkdirSync(installed, { recursive: true })
  const install = (name: string, version: string) =>
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ name, version }))
  install('empty-npm-package', '1.2.3')
  expect(await fetchIt(packs)).not.toBe(installed)
  install('@test/libraries', '1.2.4')
  expect(await fetchIt(packs)).not.toBe(installed)
  install('@test/libraries', '1.2.3')
  expect(await fetchIt(packs)).toBe(installed)
})

test.each([
  ['changed', (path: string) => writeFileSync(path, 'librarx')],
  ['cut', (path: string) => writeFileSync(path, 'lib')],
  ['removed', (path: string) => rmSync(path)],
])('fetches a package anew when a file of it was %s, and says so', async (_, damage) => {
  const folder = await fetchIt(packs)
  damage(join(folder, 'bins', 'a.so'))
  const notes: string[] = []
  expect(await fetchIt(packs, (line) => notes.push(line))).toBe(folder)
  expect(notes[0]).toContain('is damaged')
  expect(readFileSync(join(folder, 'bins', 'a.so'), 'utf8')).toBe('library')
})

test('takes nothing for whole that a killed build has left, and removes it once no build can be at it', async () => {
  const cache = join(place, 'cache')
  for (const name of ['.new-old', '.new-young', '@test+libraries@1.2.3']) {
    mkdirSync(join(cache, name, 'package'), { recursive: true })
    writeFileSync(join(cache, name, 'package', 'a'), 'half')
  }
  const yesterday = Date.now() / 1000 - 86_400
  utimesSync(join(cache, '.new-old'), yesterday, yesterday)
  const folder = await fetchIt(packs)
  expect(readFileSync(join(folder, 'bins', 'a.so'), 'utf8')).toBe('library')
  expect(readdirSync(cache).sort()).toEqual(['.new-young', '@test+libraries@1.2.3'])
})

test('two builds may fetch the same package at once', async () => {
  const npm = fakeNpm(packs)
  const source = { npm, cache: join(place, 'cache'), installed: place }
  const [first, second] = await Promise.all([packageFolder(wanted, source), packageFolder(wanted, source)])
  expect(first).toBe(second)
  expect(readdirSync(join(place, 'cache'))).toEqual(['@test+libraries@1.2.3'])
})

test('says which version the registry has in place of the one that it lacks', async () => {
  const script = `if (parameters[0] === 'view') console.log(JSON.stringify(['3.9.0', '3.21.1', '3.3.0', '4.0.0-beta.1']))
else fail('ETARGET', 'No matching version found')`
  const error = await fetchIt(script).catch((problem) => problem)
  expect(error).toBeInstanceOf(MissingPackage)
  expect(error).toMatchObject({ newest: '3.21.1', package: wanted })
  expect(error.message).toBe('the registry lacks @test/libraries@1.2.3, the newest there is 3.21.1')
  expect(readdirSync(join(place, 'cache'))).toEqual([])
})

test('says when the registry has none at all', async () => {
  const error = await fetchIt(`fail('E404', 'Not Found')`).catch((problem) => problem)
  expect(error).toBeInstanceOf(MissingPackage)
  expect(error.newest).toBeUndefined()
  expect(error.message).toContain('nor any other version')
})

test.each([
  [
    'there is no network',
    `fail('ENOTFOUND', 'request failed, reason: getaddrinfo ENOTFOUND')`,
    'npm could not reach its registry to fetch @test/libraries@1.2.3: ENOTFOUND: request failed',
  ],
  ['what came is not what was published', `fail('EINTEGRITY', 'sha512 integrity checksum failed')`, 'EINTEGRITY'],
  ['npm ends without a word', 'process.exit(7)', 'it ended with 7'],
])('says in one line what is wrong when %s', async (_, script, told) => {
  const error = await fetchIt(script).catch((problem) => problem)
  expect(error).toBeInstanceOf(UnreachablePackage)
  expect(error.message).toMatch(/npm could not (reach its registry to )?fetch @test\/libraries@1.2.3/)
  expect(error.message).toContain(told)
  expect(error.message).not.toContain('\n')
})

test('takes no other package than the one that the project knows, whatever the registry says of it', async () => {
  const source = { npm: fakeNpm(packs), cache: join(place, 'cache'), installed: place }
  const fetched = packageFolder(wanted, { ...source, sum: `sha512-${'A'.repeat(86)}==` })
  await expect(fetched).rejects.toThrow('the registry sent another @test/libraries@1.2.3')
  expect(readdirSync(source.cache)).toEqual([])
})

test('says when there is no npm', async () => {
  const npm = { program: join(place, 'absent'), first: [], shell: false }
  const source = { npm, cache: join(place, 'cache'), installed: place }
  await expect(packageFolder(wanted, source)).rejects.toThrow('npm could not be started')
})
