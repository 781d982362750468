import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildCxxRuntime } from '../../scripts/build/cxx-runtime.ts'
import { targets } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { type LoneExecutable, loneExecutable } from '../executable/executable.ts'
import { expectLikeness, post, sentences } from '../expect-answers.ts'
import { run } from '../run.ts'
import { startHearth } from '../start-hearth.ts'
import { commandInside, debianPackages, whyNoEmulator } from './systems.ts'

const problem = whyNoEmulator()
/** The runtime and the libraries for AArch64 may have to come first. */
const makingMilliseconds = 400_000

describe.skipIf(problem !== undefined)(`Debian 12 on AArch64${problem ? ` (skipped: ${problem})` : ''}`, () => {
  let executable: LoneExecutable
  let system: string
  let command: readonly [string, ...string[]]
  beforeAll(async () => {
    executable = await loneExecutable(targets.find(({ name }) => name === 'linux-arm64'))
    system = await debianPackages('bookworm', 'arm64', ['libc6', 'libgcc-s1', 'libstdc++6'])
    command = await commandInside({ layers: [system], executable: executable.path, isEmulated: true })
  }, makingMilliseconds)
  afterAll(() => executable?.[Symbol.dispose]())

  test('the executable alone says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
    expect(await run([...command, '/hearth', 'version'])).toMatchObject({ code: 0, output: `${version}\n` })
  })

  test('it finds nothing wrong', async () => {
    await expectHealth(command)
  })

  // Without a compiler for AArch64 it was built without one of its own.
  const carried = buildCxxRuntime('linux-arm64')
  const lack = 'missing' in carried ? ` (skipped: ${carried.missing})` : ''
  test.skipIf(lack !== '')(`where the system has no C++ runtime it takes its own${lack}`, async () => {
    const lacking = ['libstdc++.so.6*', 'libgcc_s.so.1']
    const bare = await commandInside({ layers: [system], executable: executable.path, isEmulated: true, lacking })
    await expectHealth(bare)
  })

  test('it answers through its child processes', async () => {
    await using server = await startHearth({ by: { command: [...command, '/hearth'] }, modelsFolder: '/models' })
    const body = { messages: [{ role: 'user', content: 'Name three colours.' }], temperature: 0, max_tokens: 8 }
    const chat = await (await post(server.url, '/v1/chat/completions', body)).json()
    expect(chat.usage.completion_tokens).toBe(8)
    expect(chat.choices[0].message.content).toMatch(/^[\x20-\x7e\n]+$/)
    const { data } = await (await post(server.url, '/v1/embeddings', { input: sentences })).json()
    expectLikeness(data.map(({ embedding }: { embedding: number[] }) => embedding))
    expect(await server.stop()).toBe(0)
  })
})

/** The doctor finds that the native libraries work, and no problem. */
async function expectHealth(command: readonly [string, ...string[]]): Promise<void> {
  const doctor = await run([...command, '/hearth', 'doctor', '--models-dir', '/models', '--port', '0', '--json'])
  expect(doctor.code, doctor.output).toBe(0)
  const { checks } = JSON.parse(doctor.standardOutput) as { checks: { id: string; status: string }[] }
  expect(checks).toContainEqual(expect.objectContaining({ id: 'native-libraries', status: 'ok' }))
}

const x64Emulator = '/usr/bin/qemu-x86_64-static'
const isX64 = process.platform === 'linux' && process.arch === 'x64'
const absent = !isX64 ? 'this is not Linux for x64' : existsSync(x64Emulator) ? undefined : `there is no ${x64Emulator}`

test.skipIf(absent !== undefined)(
  `on a processor of 2008, which has no AVX, the executable says its version${absent ? ` (skipped: ${absent})` : ''}`,
  async () => {
    using executable = await loneExecutable()
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
    const command = [x64Emulator, '-cpu', 'Nehalem', executable.path, 'version'] as const
    expect(await run(command, executable)).toMatchObject({ code: 0, standardOutput: `${version}\n` })
  },
  makingMilliseconds,
)
