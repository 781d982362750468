import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compilerFor } from '../../scripts/build/compilers.ts'
import { lackingSymbols } from '../../scripts/build/cxx-runtime/check-runtime.ts'
import { neededFile, runtimeNames } from '../../scripts/build/cxx-runtime/link-runtime.ts'
import { type ElfLibrary, readElfLibrary } from '../../scripts/build/cxx-runtime/read-elf.ts'
import { buildCxxRuntime } from '../../scripts/build/cxx-runtime.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { run } from '../run.ts'

const aarch64Emulator = '/usr/bin/qemu-aarch64-static'
const aarch64Libraries = '/usr/aarch64-linux-gnu'

for (const machine of ['linux-x64', 'linux-arm64'] as const) {
  const compiler = compilerFor(machine) ?? ''
  const built = compiler ? buildCxxRuntime(machine) : { missing: 'there is no compiler for it' }
  const problem = 'missing' in built ? built.missing : undefined
  const files = 'files' in built ? built.files : []
  const pathOf = (name: string) => files.find((file) => file.name === `c++-runtime/${name}`)?.path ?? ''
  const read = (name: string) => ({
    original: readElfLibrary(readFileSync(neededFile(compiler, name))),
    made: readElfLibrary(readFileSync(pathOf(name))),
  })

  describe.skipIf(problem !== undefined)(
    `the C++ runtime for ${machine}${problem ? ` (skipped: ${problem})` : ''}`,
    () => {
      test.each([...runtimeNames])('%s has the symbols and the versions of the original', (name) => {
        const { original, made } = read(name)
        expectSameSymbols(original, made)
        // What only programs of GCC 4.7 or older are linked to is in no static library.
        const lacking = lackingSymbols(original, made)
        expect(lacking.length).toBeLessThan(name === 'libstdc++.so.6' ? 80 : 1)
        const numbers = lacking.map(({ version = '' }) => Number(/^GLIBCXX_3\.4\.?(\d*)$/.exec(version)?.[1] ?? 99))
        expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(17)
      })

      test.each([...runtimeNames])('%s wants no more than glibc 2.34', (name) => {
        const { original, made } = read(name)
        expect(newestGlibcOf(made)).toBeLessThanOrEqual(34)
        expect(newestGlibcOf(made)).toBeLessThanOrEqual(newestGlibcOf(original))
      })

      test('what is damaged in the cache is made again', () => {
        const path = pathOf('libgcc_s.so.1')
        const before = readFileSync(path)
        writeFileSync(path, '')
        expect(buildCxxRuntime(machine)).toEqual(built)
        expect(readFileSync(path).equals(before)).toBe(true)
      })

      const runsHere = machine === `${process.platform}-${process.arch}`
      const isEmulated = !runsHere && machine === 'linux-arm64' && [aarch64Emulator, aarch64Libraries].every(existsSync)
      const unfit = runsHere || isEmulated ? '' : ` (skipped: there is no emulator with libraries for ${machine})`
      test.skipIf(unfit !== '')(`a program that uses every part of it runs by it${unfit}`, async () => {
        const folder = dirname(pathOf('libstdc++.so.6'))
        const environment = { LD_LIBRARY_PATH: folder, LD_BIND_NOW: '1' }
        const set = Object.entries(environment).flatMap(([name, value]) => ['-E', `${name}=${value}`])
        using program = await compileProgram(compiler)
        const { code, output } = await (runsHere
          ? run([program.path, program.library], { environment })
          : run([aarch64Emulator, '-L', aarch64Libraries, ...set, program.path, program.library]))
        expect(code, output).toBe(0)
        const lines = [...new Set(output.trimEnd().split('\n'))].sort()
        expect(lines).toEqual([...runtimeNames.map((name) => join(folder, name)), 'ok'].sort())
      })
    },
  )
}

/** Nothing is there that the original has not, and what is there is of the same kind and of the same versions. */
function expectSameSymbols(original: ElfLibrary, made: ElfLibrary): void {
  expect(made.definitions).toEqual(original.definitions)
  const originals = new Set(original.symbols.map(described))
  expect(made.symbols.map(described).filter((symbol) => !originals.has(symbol))).toEqual([])
}

/** Objects are copied into programs, so their sizes count; a function may be compiled otherwise. */
const described = ({ name, version, type, bytes }: ElfLibrary['symbols'][number]) =>
  `${name}@${version}: ${type === 2 ? 'function' : `kind ${type} with ${bytes} bytes`}`

const newestGlibcOf = ({ requirements }: ElfLibrary): number => {
  const versions = requirements.flatMap((requirement) => requirement.versions)
  return Math.max(...versions.map((version) => Number(/^GLIBC_2\.(\d+)/.exec(version)?.[1] ?? 0)))
}

interface Program extends Disposable {
  readonly path: string
  /** Is opened by the program while it runs. */
  readonly library: string
}

async function compileProgram(compiler: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-every-part-'))
  const [path, library] = [join(folder, 'every-part'), join(folder, 'opened-later.so')]
  await compile(compiler, 'every-part.cpp', ['-shared-libgcc', '-o', path])
  await compile(compiler, 'opened-later.cpp', ['-shared', '-fPIC', '-o', library])
  return { path, library, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

async function compile(compiler: string, source: string, words: readonly string[]): Promise<void> {
  const path = join(projectFolder, 'test', 'platforms', source)
  const { code, output } = await run([compiler, '-std=c++17', '-pthread', path, ...words])
  expect(code, output).toBe(0)
}
