import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { denoCommand } from '../../../test/deno-command.ts'
import { run } from '../../../test/run.ts'
import { nativeLibraryFolder } from '../native-libraries.ts'
import { runtimeWanted } from './open-native-module.ts'

const system = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
const names = ['libstdc++.so.6', 'libgcc_s.so.1'] as const
let place: string
/** What a later libstdc++ than the system's is, for these tests. */
let carried: string
/** In place of the system's. */
let old: string

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-module-')))
  ;[carried, old] = [join(place, 'c++-runtime'), join(place, 'old')]
  for (const folder of [carried, old]) mkdirSync(folder)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Opens the real addon in a process of its own, whose C++ runtime is what `old` has and the system's else. */
async function openAddonThere(command: readonly [string, ...string[]] = [process.execPath]) {
  const { folder } = await nativeLibraryFolder({ dataFolder: place })
  const program = join(place, 'open.ts')
  const call = JSON.stringify({ path: join(folder, 'llama-addon.node'), cxxRuntime: carried })
  writeFileSync(
    program,
    `import { openNativeModule } from ${JSON.stringify(join(import.meta.dirname, 'open-native-module.ts'))}
    import { readFileSync } from 'node:fs'
    const notes = []
    let exported, error
    try { exported = Object.keys(openNativeModule({ ...${call}, onNote: (note) => notes.push(note) })) }
    catch ({ message, code, hint }) { error = { message, code, hint } }
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\\n').map((line) => line.slice(73))
    const runtime = [...new Set(maps.filter((path) => /libstdc\\+\\+|libgcc_s/.test(path)))]
    console.log(JSON.stringify({ exported, error, notes, runtime }))`,
  )
  const environment = { ...process.env, LD_LIBRARY_PATH: old }
  const { output, standardOutput } = await run([...command, program], { environment })
  if (!standardOutput) throw new Error(output)
  return JSON.parse(standardOutput) as {
    exported?: string[]
    error?: { message: string; code?: string; hint?: string }
    notes: string[]
    runtime: string[]
  }
}

/** As the system's libstdc++, without the newest version that the addon wants. */
function makeOldRuntime() {
  const content = readFileSync(join(system, names[0])).toString('latin1')
  expect(content).toContain('GLIBCXX_3.4.30\0')
  writeFileSync(join(old, names[0]), content.replaceAll('GLIBCXX_3.4.30\0', 'GLIBCXX_3.4.9Z\0'), 'latin1')
}
const carry = (name: (typeof names)[number]) => copyFileSync(join(system, name), join(carried, name))

describe.skipIf(process.platform !== 'linux' || !existsSync(join(system, names[0])))('the C++ runtime', () => {
  test("is the system's where that does", async () => {
    for (const name of names) carry(name)
    const { exported, notes, runtime } = await openAddonThere()
    expect(exported).toContain('AddonModel')
    expect(notes).toEqual([])
    expect(runtime.filter((path) => path.startsWith(carried))).toEqual([])
  })

  test("is the carried one where the system's libstdc++ is too old, and its libgcc_s stays", async () => {
    makeOldRuntime()
    for (const name of names) carry(name)
    const { exported, notes, runtime } = await openAddonThere()
    expect(exported).toContain('AddonModel')
    expect(notes).toEqual([expect.stringMatching(/c\+\+-runtime\/libstdc\+\+\.so\.6 is used .*GLIBCXX_3\.4\.30/)])
    expect(runtime.filter((path) => path.startsWith(old))).toEqual([])
    expect(runtime).toContain(join(carried, names[0]))
    expect(runtime).not.toContain(join(carried, names[1]))
  })

  test('is found by Deno, too', async () => {
    makeOldRuntime()
    for (const name of names) carry(name)
    const { exported, error } = await openAddonThere([denoCommand(), 'run', '--allow-all', '--no-config'])
    expect(error).toBeUndefined()
    expect(exported).toContain('AddonModel')
  })

  test('is told to be too old where none is carried, with what to do', async () => {
    makeOldRuntime()
    const { error } = await openAddonThere()
    expect(error?.code).toBe('native_libraries_unusable')
    expect(error?.message).toContain('it lacks GLIBCXX_3.4.30')
    expect(error?.hint).toContain('Update libstdc++')
  })

  test('is told to be too old where the carried one is no better', async () => {
    makeOldRuntime()
    copyFileSync(join(old, names[0]), join(carried, names[0]))
    const { error } = await openAddonThere()
    expect(error?.message).toContain('it lacks GLIBCXX_3.4.30')
  })
})

test.each([
  ["/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /w/libllama-common.so)", names[0]],
  ["/lib64/libstdc++.so.6: version `CXXABI_1.3.13' not found (required by /w/libllama-common.so)", names[0]],
  ['libstdc++.so.6: cannot open shared object file: No such file or directory', names[0]],
  ['libgcc_s.so.1: cannot open shared object file: No such file or directory', names[1]],
  ["/lib64/libgcc_s.so.1: version `GCC_12.0.0' not found (required by /w/c++-runtime/libstdc++.so.6)", names[1]],
  ["/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /w/c++-runtime/libstdc++.so.6)", undefined],
  ['/w/c++-runtime/libstdc++.so.6: invalid ELF header', undefined],
  ['libcublas.so.13: cannot open shared object file: No such file or directory', undefined],
] as const)('%s', (words, wanted) => {
  expect(runtimeWanted(words)).toBe(wanted)
})
