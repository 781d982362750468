import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { type LoneExecutable, loneExecutable } from '../executable/executable.ts'
import { expectAnswers } from '../expect-answers.ts'
import { descendants } from '../processes.ts'
import { run } from '../run.ts'
import { startHearth } from '../start-hearth.ts'
import { commandInside, debianPackages, type Inside, olderGlibc, smallestDebian, whyNoSystems } from './systems.ts'

const problem = whyNoSystems()
/** Making a system takes as long as its packages take to come. */
const makingMilliseconds = 400_000

let executable: LoneExecutable
beforeAll(async () => {
  if (!problem) executable = await loneExecutable()
}, makingMilliseconds)
afterAll(() => executable?.[Symbol.dispose]())

const inside = (place: Omit<Inside, 'executable'>) => commandInside({ ...place, executable: executable.path })

/** What libraries the processes with models have open, by their paths inside of the system. */
function openLibraries(processId: number): readonly string[] {
  const maps = descendants(processId).map((child) => readFileSync(`/proc/${child}/maps`, 'utf8'))
  return [...new Set(maps.join('\n').match(/\/\S+\.(so|node)\b\S*/g))]
}

describe.skipIf(problem !== undefined)(
  `Debian 12, its smallest system${problem ? ` (skipped: ${problem})` : ''}`,
  () => {
    let system: string
    beforeAll(async () => {
      system = await smallestDebian('bookworm')
    }, makingMilliseconds)

    test('the executable alone says its version and finds nothing wrong', async () => {
      const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
      const command = await inside({ layers: [system] })
      expect(await run([...command, '/hearth', 'version'])).toMatchObject({ code: 0, output: `${version}\n` })
      const doctor = await run([...command, '/hearth', 'doctor', '--models-dir', '/models', '--port', '0', '--json'])
      expect(doctor.code, doctor.output).toBe(0)
      const { checks } = JSON.parse(doctor.standardOutput) as { checks: { id: string; status: string }[] }
      expect(checks).toContainEqual(expect.objectContaining({ id: 'native-libraries', status: 'ok' }))
      expect(checks.filter(({ status }) => status === 'problem')).toEqual([])
    })

    test("it answers, by the system's own C++ runtime", async () => {
      const libraries = await serve({ layers: [system] })
      expect(libraries.filter((path) => path.includes('c++-runtime'))).toEqual([])
    })

    test('where the system has no C++ runtime it answers by the one that it carries', async () => {
      await expectCarried({ layers: [system], lacking: ['libstdc++.so.6*', 'libgcc_s.so.1'] }, [
        'libgcc_s.so.1',
        'libstdc++.so.6',
      ])
    })

    test("where the system's libstdc++ is older it answers by the one that it carries", async () => {
      const older = await debianPackages('bullseye', 'amd64', ['libstdc++6'])
      expect(readdirSync(join(older, 'usr/lib/x86_64-linux-gnu'))).toContain('libstdc++.so.6.0.28')
      await expectCarried({ layers: [older, system] }, ['libstdc++.so.6'])
    })

    test('where glibc is as old as it may be, 2.34, and libstdc++ is older, too, it answers', async () => {
      const glibc = await olderGlibc(system)
      const runtime = await debianPackages('bullseye', 'amd64', ['libstdc++6', 'libgcc-s1'])
      // This glibc refuses what wants a newer one: Debian 12's own libstdc++.
      const command = await inside({ layers: [glibc, system] })
      const refused = await run([...command, '/hearth', 'doctor', '--models-dir', '/models', '--port', '0', '--json'])
      expect(refused.output).toContain('GLIBC_2.36 was not found')
      await expectCarried({ layers: [glibc, runtime, system] }, ['libstdc++.so.6'])
      // And with no other one.
      const lacking = ['libstdc++.so.6*', 'libgcc_s.so.1']
      await expectCarried({ layers: [glibc, system], lacking }, ['libgcc_s.so.1', 'libstdc++.so.6'])
    })
  },
)

/** Chat and embeddings; answers what libraries were open then. */
async function serve(place: Omit<Inside, 'executable'>): Promise<readonly string[]> {
  const command = await inside(place)
  await using server = await startHearth({ by: { command: [...command, '/hearth'] }, modelsFolder: '/models' })
  await expectAnswers(server.url)
  const libraries = openLibraries(server.processId)
  expect(libraries.some((path) => path.endsWith('llama-addon.node'))).toBe(true)
  return libraries
}

/** No copy of the same library stands beside the one that is carried. */
async function expectCarried(place: Omit<Inside, 'executable'>, carried: readonly string[]): Promise<void> {
  const runtime = (await serve(place)).filter((path) => /lib(stdc\+\+|gcc_s)\.so/.test(path))
  for (const name of carried) {
    const places = runtime.filter((path) => path.includes(`/${name}`))
    expect(places).toHaveLength(1)
    expect(places[0]).toContain('/c++-runtime/')
  }
}

/** What is needed, and what to use instead. */
const tooOld = /The native libraries cannot be used: this system's C library is too old: glibc 2\.34 or newer is needed/
const instead = /glibc 2\.34 or newer \(Debian 12, .*container image/

describe.skipIf(problem !== undefined)(`Debian 11${problem ? ` (skipped: ${problem})` : ''}`, () => {
  let command: readonly [string, ...string[]]
  beforeAll(async () => {
    command = await inside({ layers: [await debianPackages('bullseye', 'amd64', ['libc6'])] })
  }, makingMilliseconds)

  test('a command says in one line what is needed, and in one what to use instead', async () => {
    const words = ['embed', 'all-minilm-l6-v2', 'a cat', '--models-dir', '/models']
    const { code, output } = await run([...command, '/hearth', ...words])
    expect(code, output).toBe(1)
    const [problemLine = '', remedyLine = '', ...more] = output.trimEnd().split('\n')
    expect(problemLine).toMatch(tooOld)
    expect(remedyLine).toMatch(instead)
    expect(more).toEqual([])
  })

  test('the doctor says both', async () => {
    const doctor = await run([...command, '/hearth', 'doctor', '--models-dir', '/models', '--port', '0', '--json'])
    expect(doctor.code, doctor.output).toBe(1)
    const { checks } = JSON.parse(doctor.standardOutput) as { checks: { id: string; status: string }[] }
    const problems = checks.filter(({ status }) => status === 'problem')
    expect(problems.map(({ id }) => id)).toEqual(['native-libraries'])
    expect(JSON.stringify(problems)).toMatch(instead)
  })

  test('a server tells its clients, and goes on', async () => {
    await using server = await startHearth({ by: { command: [...command, '/hearth'] }, modelsFolder: '/models' })
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })
    expect(answer.status).toBe(503)
    const { error } = (await answer.json()) as { error: { code: string; message: string; hint: string } }
    expect(error.code).toBe('native_libraries_unusable')
    expect(error.message).toMatch(tooOld)
    expect(error.hint).toMatch(instead)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    // And whoever reads the log knows both, too; that a request failed for it needs no hint of its own.
    const lines = server
      .log()
      .split('\n')
      .filter((line) => tooOld.test(line) && !line.includes('requestId'))
    expect(lines).not.toEqual([])
    for (const line of lines) expect(line).toMatch(instead)
  })
})
