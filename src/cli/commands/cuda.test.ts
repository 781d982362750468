import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type FakeTerminalOptions, runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { takeFileLock } from '../../models/pull/file-lock.ts'

const onCuda = test.skipIf(process.platform === 'darwin' || process.arch !== 'x64')
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hearth-cuda-command-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const cuda = (args: readonly string[], more: Omit<FakeTerminalOptions, 'variables'> = {}) =>
  runCommandLine(['cuda', ...args], { variables: { HEARTH_HOME: home, PATH: process.env.PATH ?? '' }, ...more })

/** As an installation leaves it. */
function putRuntime() {
  mkdirSync(join(home, 'cuda/13'), { recursive: true })
  writeFileSync(join(home, 'cuda/13/libcudart.so.13'), 'abc')
  const files = [{ name: 'libcudart.so.13', bytes: 4, sha256: '' }]
  writeFileSync(join(home, 'cuda/13/runtime.json'), JSON.stringify({ cuda: 13, from: 'nvidia-cublas 13.2.1.1', files }))
}

test('what an action does not take is told, and what it is', async () => {
  expect(await cuda(['start'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining('expected status, install or remove'),
  })
  expect(await cuda(['status', '--yes'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining('status does not take it'),
  })
  expect(await cuda(['install', '--major', '11'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining("expected 12 or 13, found '11'"),
  })
})

onCuda('status names what is missing, for people and for programs, and what is damaged', async () => {
  putRuntime()
  const { output } = await cuda(['status', '--json'])
  const state = JSON.parse(output)
  expect(state.driver.state).toMatch(/^(ready|absent|unusable)$/)
  expect(state.runtimes.map((runtime: { cuda: number }) => runtime.cuda)).toEqual([13, 12])
  expect(state.runtimes[0].damaged).toEqual(['libcudart.so.13'])
  if (!state.usable) expect(state.remedy ?? state.cuda).toBeDefined()
  const told = await cuda(['status'])
  expect(told.code).toBe(state.usable ? 0 : 1)
  expect(told.output).toContain('damaged: libcudart.so.13; `hearth cuda install` puts it right')
})

onCuda('remove asks, and removes what install put there and what was interrupted', async () => {
  putRuntime()
  mkdirSync(join(home, 'cuda/downloads'))
  expect((await cuda(['remove'], { input: '' })).errors).toContain('Nothing is deleted without a question or --yes.')
  expect((await cuda(['remove'], { typed: 'n\n' })).code).toBe(1)
  expect(existsSync(join(home, 'cuda/13/runtime.json'))).toBe(true)
  expect(await cuda(['remove'], { typed: 'y\n' })).toMatchObject({
    code: 0,
    output: expect.stringContaining('for CUDA 13'),
  })
  expect(existsSync(join(home, 'cuda/13'))).toBe(false)
  expect(existsSync(join(home, 'cuda/downloads'))).toBe(false)
  expect((await cuda(['remove'])).output).toBe('There was nothing to remove.\n')
})

onCuda('remove waits for an installation that is under way', async () => {
  putRuntime()
  const signal = new AbortController().signal
  const lock = await takeFileLock({ path: join(home, 'cuda/install.lock'), signal })
  const waits = Promise.withResolvers<void>()
  const removal = cuda(['remove', '--yes'], {
    onErrors: (text) => text.includes('waiting for it') && waits.resolve(),
  })
  await waits.promise
  expect(existsSync(join(home, 'cuda/13/runtime.json'))).toBe(true)
  await lock[Symbol.asyncDispose]()
  expect((await removal).code).toBe(0)
  expect(existsSync(join(home, 'cuda/13'))).toBe(false)
})
