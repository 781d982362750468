import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { compilerFor, versionOfCompiler } from './compilers.ts'
import { faultOf } from './cxx-runtime/check-runtime.ts'
import { compilersFile, linkRuntime, neededFile, runtimeNames } from './cxx-runtime/link-runtime.ts'
import { type ElfLibrary, readElfLibrary } from './cxx-runtime/read-elf.ts'
import { temporaryPath } from './leftovers.ts'
import type { NativeFile } from './native-files.ts'
import type { Target } from './targets.ts'

/** The files were built, or why they were not. */
export type CxxRuntimeBuild = { readonly files: readonly NativeFile[] } | { readonly missing: string }

/** What they are made from: files of the compiler. */
const ingredients = ['libstdc++.a', 'libgcc_eh.a', 'libgcc.a', ...runtimeNames] as const

/**
 * Makes `libstdc++.so.6` and `libgcc_s.so.1` for a machine, for systems whose own ones are older or missing: the names
 * of the files are `c++-runtime/libstdc++.so.6` and `c++-runtime/libgcc_s.so.1`, for the part `c++-runtime` of an
 * executable. They are made once for each version of the compiler. On anything but Linux there are none. What is missing
 * to make them, or what is wrong with them, is answered, not thrown.
 */
export function buildCxxRuntime(machine: Target['machine']): CxxRuntimeBuild {
  if (!machine.startsWith('linux-')) return { files: [] }
  const compiler = compilerFor(machine)
  if (!compiler) return { missing: `no C++ compiler for ${machine}` }
  const absent = ingredients.find((name) => !compilersFile(compiler, name))
  if (absent) return { missing: `${compiler} has no ${absent}` }
  const folder = join(cacheFolder, 'c++-runtime', `${machine}-${hashOfIngredients(compiler)}`)
  const fault = faultOfFolder(compiler, folder) && make(compiler, folder)
  return fault ? { missing: fault } : { files: runtimeNames.map((name) => describe(join(folder, name))) }
}

/** Makes both in a folder that appears only when they are whole and as they should be; answers what is wrong with them. */
function make(compiler: string, folder: string): string | undefined {
  const temporary = temporaryPath(dirname(folder))
  try {
    mkdirSync(temporary, { recursive: true })
    for (const name of runtimeNames) linkRuntime(compiler, name, join(temporary, name))
    const fault = faultOfFolder(compiler, temporary)
    if (fault) return fault
    // Another build may have made it meanwhile, and read it now; what is damaged nobody can use.
    if (faultOfFolder(compiler, folder)) {
      rmSync(folder, { recursive: true, force: true })
      renameSync(temporary, folder)
    }
    return undefined
  } catch (error) {
    if (!faultOfFolder(compiler, folder)) return undefined
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n').at(-1)
    return `the libraries could not be linked with ${compiler}: ${said || (error as Error).message}`
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** What is wrong with the two libraries in a folder; undefined: they may go into an executable. */
function faultOfFolder(compiler: string, folder: string): string | undefined {
  for (const name of runtimeNames) {
    const original = readElfLibrary(readFileSync(neededFile(compiler, name)))
    const fault = faultOfFile(original, join(folder, name))
    if (fault) return `${name} cannot be made with ${compiler}: ${fault}`
  }
  return undefined
}

function faultOfFile(original: ElfLibrary, path: string): string | undefined {
  try {
    return faultOf(original, readElfLibrary(readFileSync(path)))
  } catch (error) {
    return (error as Error).message
  }
}

function hashOfIngredients(compiler: string): string {
  const own = [join(projectFolder, 'native'), join(projectFolder, 'scripts', 'build', 'cxx-runtime')].flatMap(
    (folder) =>
      readdirSync(folder)
        .filter((name) => /(?<!\.test)\.(c|ts)$/.test(name))
        .sort()
        .map((name) => join(folder, name)),
  )
  const theirs = ingredients.map((name) => neededFile(compiler, name))
  const hash = createHash('sha256').update(versionOfCompiler(compiler))
  for (const path of [...own, ...theirs]) hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

function describe(path: string): NativeFile {
  const content = readFileSync(path)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { name: `c++-runtime/${basename(path)}`, path, bytes: content.byteLength, sha256 }
}
