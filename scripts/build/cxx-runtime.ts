import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { compilerFor, versionOfCompiler } from './compilers.ts'
import { faultOf } from './cxx-runtime/check-runtime.ts'
import { compilersFile, linkRuntime, neededFile, runtimeNames } from './cxx-runtime/link-runtime.ts'
import { readElfLibrary } from './cxx-runtime/read-elf.ts'
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
  const fault = existsSync(folder) ? undefined : make(compiler, folder)
  return fault ? { missing: fault } : { files: runtimeNames.map((name) => describe(join(folder, name))) }
}

/** Makes both in a folder that appears only when they are whole and as they should be; answers what is wrong with them. */
function make(compiler: string, folder: string): string | undefined {
  const temporary = `${folder}.${randomUUID()}`
  mkdirSync(temporary, { recursive: true })
  try {
    for (const name of runtimeNames) {
      const path = join(temporary, name)
      linkRuntime(compiler, name, path)
      const fault = faultOf(
        readElfLibrary(readFileSync(neededFile(compiler, name))),
        readElfLibrary(readFileSync(path)),
      )
      if (fault) return `${name} cannot be made with ${compiler}: ${fault}`
    }
    if (!existsSync(folder)) renameSync(temporary, folder)
    return undefined
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n').at(-1)
    return `the libraries could not be linked with ${compiler}: ${said || (error as Error).message}`
  } finally {
    rmSync(temporary, { recursive: true, force: true })
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
