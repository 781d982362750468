import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProbeAnswer } from '../../src/platform/native-probe.ts'
import { run } from '../run.ts'
import { type LoneExecutable, loneExecutable } from './executable.ts'

let executable: LoneExecutable
let home: string
/** Where the libraries of all versions are unpacked to: in the data folder of HOME. */
let parent: string

beforeAll(async () => {
  executable = await loneExecutable()
}, 300_000)
afterAll(() => executable?.[Symbol.dispose]())
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-unpack-')))
  const data =
    process.platform === 'darwin' ? ['Library', 'Application Support', 'hearth'] : ['.local', 'share', 'hearth']
  parent = join(home, ...data, 'native')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** What opens the libraries and tells what they are: the program once more, as it starts itself. */
const probe = ['runtime', 'llama-cpp', '--probe'] as const
const answerIn = (output: string) => {
  const line = output.split('\n').find((text) => text.startsWith('{"type":'))
  if (line === undefined) throw new Error(`There is no answer: ${output}`)
  return JSON.parse(line) as ProbeAnswer
}

async function start(environment: Readonly<Record<string, string>> = {}): Promise<ProbeAnswer> {
  const { standardOutput, output } = await run([executable.path, ...probe], {
    environment: { HOME: home, ...environment },
  })
  return answerIn(standardOutput || output)
}

/** As `start`, where the script has set the mounts up, seen by nobody else. It gets the parent as $P, and runs "$@". */
async function startWithMounts(script: string, command: readonly string[] = probe): Promise<string> {
  const { standardOutput } = await run(['unshare', '--mount', 'sh', '-ec', script, 'sh', executable.path, ...command], {
    environment: { HOME: home, P: parent, PATH: process.env.PATH },
  })
  return standardOutput
}

const versionFolder = () => {
  const names = readdirSync(parent)
  expect(names).toHaveLength(1)
  return join(parent, names[0] ?? '')
}

test.each([2, 10])('%d first starts at the same instant all work, and leave one folder', async (count) => {
  const answers = await Promise.all(Array.from({ length: count }, () => start()))
  expect(answers.filter(({ type }) => type !== 'report')).toEqual([])
  expect(versionFolder()).toMatch(/\/\d+\.\d+\.\d+-[0-9a-f]{12}$/)
})

interface Unpacking {
  readonly child: ChildProcess
  /** The name of the folder that it unpacks into. */
  readonly draft: string
}

/** Resolves with a process that is stopped in the middle of unpacking; on a busy machine it may take more than one. */
async function startUnpacking(): Promise<Unpacking> {
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const appeared = Promise.withResolvers<string>()
  const watcher = watch(parent, (_, name) => name?.startsWith('.new-') && appeared.resolve(name))
  const child = spawn(executable.path, probe, { env: { HOME: home }, stdio: ['ignore', 'pipe', 'ignore'] })
  const draft = await appeared.promise
  watcher.close()
  child.kill('SIGSTOP')
  if (readdirSync(parent).includes(draft)) return { child, draft }
  child.kill('SIGKILL')
  await once(child, 'close')
  for (const name of readdirSync(parent)) if (/^\d/.test(name)) rmSync(join(parent, name), { recursive: true })
  return startUnpacking()
}

test('what a process left behind that was killed over it is removed, and nothing of one that lives', async () => {
  const [killed, stopped] = [await startUnpacking(), await startUnpacking()]
  expect(readdirSync(parent).sort()).toEqual([killed.draft, stopped.draft].sort())
  killed.child.kill('SIGKILL')
  await once(killed.child, 'close')
  expect(await start()).toMatchObject({ type: 'report' })
  expect(readdirSync(parent)).toContain(stopped.draft)
  expect(readdirSync(parent)).not.toContain(killed.draft)
  let output = ''
  stopped.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  stopped.child.kill('SIGCONT')
  await once(stopped.child, 'close')
  expect(answerIn(output)).toMatchObject({ type: 'report' })
  versionFolder()
})

test('a file that was changed is put right, also with its old size and time', async () => {
  await start()
  const file = join(versionFolder(), 'libggml-base.so')
  const [before, { atimeMs, mtimeMs }] = [readFileSync(file), statSync(file)]
  chmodSync(file, 0o700)
  writeFileSync(file, Buffer.alloc(before.length))
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000)
  expect(await start()).toMatchObject({ type: 'report' })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('what is damaged as it was stamped, as by a disk that lost power, is told once and put right then', async () => {
  await start()
  const [file, stamp] = [join(versionFolder(), 'llama-addon.node'), join(versionFolder(), '.unpacked.json')]
  const before = readFileSync(file)
  chmodSync(file, 0o700)
  writeFileSync(file, Buffer.alloc(before.length))
  const { size, mtimeMs, ctimeMs } = statSync(file)
  const marks = {
    ...JSON.parse(readFileSync(stamp, 'utf8')),
    'llama-addon.node': { bytes: size, modified: mtimeMs, changed: ctimeMs },
  }
  writeFileSync(stamp, JSON.stringify(marks))
  expect(await start()).toMatchObject({ type: 'failure', problem: expect.stringContaining(`${file} is damaged`) })
  expect(await start()).toMatchObject({ type: 'report' })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a path may have spaces, signs and letters of any language in it', async () => {
  for (const name of ['with spaces', 'Größe 漢字 🦙', "it's $HOME", '50% #1'])
    expect(await start({ HEARTH_HOME: join(home, name) }), name).toMatchObject({ type: 'report' })
})

test('a folder that others can write to is not used, unless it was chosen', async () => {
  mkdirSync(parent, { recursive: true })
  chmodSync(parent, 0o777)
  expect(await start()).toMatchObject({
    type: 'failure',
    problem: expect.stringContaining(`other users can write to ${parent}`),
    remedy: expect.stringContaining('HEARTH_NATIVE_DIR'),
  })
  expect(readdirSync(parent)).toEqual([])
  expect(await start({ HEARTH_NATIVE_DIR: parent })).toMatchObject({ type: 'report' })
})

const canMount = process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0

describe.skipIf(!canMount)('with mounts of its own, which take the rights of root', () => {
  beforeEach(() => mkdirSync(parent, { recursive: true, mode: 0o700 }))

  test('a full disk is told, with what to do, and nothing is left on it', async () => {
    const output = await startWithMounts(
      'mount -t tmpfs -o size=8m,mode=700 tmpfs "$P"; "$@"; echo "left: $(ls -A "$P" | wc -l)"',
    )
    expect(answerIn(output)).toMatchObject({
      type: 'failure',
      problem: expect.stringMatching(/^the disk is full, .* unpacked into .*native\/\S+, which takes \d\d MB$/),
      remedy: 'Make room on the disk, or set HEARTH_NATIVE_DIR to a folder on another one.',
    })
    expect(output).toContain('left: 0\n')
  })

  test('so it is by doctor', async () => {
    const output = await startWithMounts('mount -t tmpfs -o size=8m,mode=700 tmpfs "$P"; "$@" || true', [
      'doctor',
      '--json',
    ])
    expect(JSON.parse(output).checks).toContainEqual(
      expect.objectContaining({
        id: 'native-libraries',
        status: 'problem',
        message: expect.stringContaining('the disk is full'),
        remedy: expect.stringContaining('HEARTH_NATIVE_DIR'),
      }),
    )
  })

  test('a folder that cannot be written is told, with what to do', async () => {
    const output = await startWithMounts('mount -t tmpfs -o ro,mode=700 tmpfs "$P"; "$@"')
    expect(answerIn(output)).toMatchObject({
      type: 'failure',
      problem: expect.stringContaining('which cannot be written'),
      remedy: expect.stringContaining('HEARTH_NATIVE_DIR'),
    })
  })

  test.each([
    ['with its stamp', ''],
    ['without a stamp', '.unpacked.json'],
  ])('a folder that cannot be written and holds the libraries works, %s', async (_, missing) => {
    await start()
    if (missing) rmSync(join(versionFolder(), missing))
    const output = await startWithMounts('mount --bind "$P" "$P"; mount -o remount,bind,ro "$P"; "$@"')
    expect(answerIn(output)).toMatchObject({ type: 'report' })
  })

  test('a folder from which nothing may be run is told in one line', async () => {
    const output = await startWithMounts('mount -t tmpfs -o noexec,mode=700 tmpfs "$P"; "$@"')
    expect(answerIn(output)).toMatchObject({
      type: 'failure',
      problem: expect.stringMatching(
        /^the system does not let files be run from .*native\/\S+ \(mounted noexec[^\n]*$/,
      ),
      remedy: 'Set HEARTH_NATIVE_DIR to a folder from which programs may be run.',
    })
  })
})
