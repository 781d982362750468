import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { carryOut } from './carry-out.ts'
import { type ServiceWorld, thisWorld } from './service-world.ts'
import type { ServiceStep } from './step.ts'

let folder: string
let world: ServiceWorld

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-world-'))
  const variables = { PATH: process.env.PATH ?? '' }
  world = thisWorld({ platform: process.platform, userId: 1000, userName: 'ada', home: folder, variables })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file is written whole, with its rights, and replaces a link and not what that points to', () => {
  const [target, link, inner] = [join(folder, 'target'), join(folder, 'link'), join(folder, 'a', 'b', 'file')]
  writeFileSync(target, 'stays')
  symlinkSync(target, link)
  expect(world.look(link)?.kind).toBe('link')
  world.write(link, 'new', { mode: 0o644 })
  world.write(inner, 'secret', { mode: 0o600 })
  expect([readFileSync(target, 'utf8'), world.read(link)]).toEqual(['stays', 'new'])
  const { uid, mtime } = statSync(link)
  expect(world.look(link)).toEqual({ kind: 'file', mode: 0o644, owner: uid, changed: mtime })
  expect(statSync(inner).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).sort()).toEqual(['a', 'link', 'target'])
})

test('a place is told without the links on the way', () => {
  const [target, link] = [join(realpathSync(folder), 'target'), join(folder, 'link')]
  writeFileSync(target, '')
  symlinkSync(target, link)
  expect([world.real(link), world.real(join(folder, 'none'))]).toEqual([target, join(folder, 'none')])
})

test('what Windows reads is in UTF-16 with its mark, and is read back', () => {
  const path = join(folder, 'task.xml')
  world.write(path, 'ü<x/>', { mode: 0o600, encoding: 'utf16' })
  expect([...readFileSync(path).subarray(0, 4)]).toEqual([0xff, 0xfe, 0xfc, 0])
  expect(world.read(path)).toBe('ü<x/>')
  expect(world.read(join(folder, 'none'))).toBeUndefined()
})

test('tools are run without a shell, in English, with what they say and how they end', async () => {
  const shell = (script: string) => world.run(['/bin/sh', '-c', script])
  expect(await shell('echo "$LC_ALL $TZ $HOME"; echo bad >&2; exit 3')).toEqual({
    code: 3,
    output: 'C UTC \n',
    errors: 'bad\n',
  })
  expect(await world.run(['/bin/echo', '$HOME; "x"'])).toMatchObject({ code: 0, output: '$HOME; "x"\n' })
  expect((await world.run([join(folder, 'no-such-tool')])).code).toBe(127)
  expect((await shell('kill -9 $$')).code).toBe(1)
})

test('a plan stops at the first step that fails, and tells which', async () => {
  const path = join(folder, 'file')
  const fails: ServiceStep = { type: 'run', command: ['/bin/sh', '-c', 'echo no >&2; exit 1'] }
  const done: ServiceStep[] = []
  const onDone = (step: ServiceStep) => void done.push(step)
  const write: ServiceStep = { type: 'write-file', path, text: 'x', mode: 0o600 }
  expect(
    await carryOut([write, { ...fails, mayFail: true }, { type: 'remove-file', path }], { world, onDone }),
  ).toBeUndefined()
  expect(done.map(({ type }) => type)).toEqual(['write-file', 'remove-file'])
  expect(await carryOut([fails, write], { world, onDone })).toEqual({ step: fails, problem: 'no' })
  expect(world.look(path)).toBeUndefined()
  writeFileSync(path, '')
  const below: ServiceStep = { ...write, path: join(path, 'below') }
  expect(await carryOut([below], { world, onDone })).toMatchObject({ step: below, problem: expect.any(String) })
  chmodSync(path, 0o600)
})

test('a place that cannot be taken is told by what was wrong, and nothing of the file stays', () => {
  mkdirSync(join(folder, 'taken', 'inner'), { recursive: true })
  expect(() => world.write(join(folder, 'taken'), 'x', { mode: 0o600 })).toThrow(/rename|EISDIR|ENOTEMPTY|EPERM/)
  expect(readdirSync(folder)).toEqual(['taken'])
})
