import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../project-folder.ts'
import { type ElfLibrary, readElfLibrary, unhideSymbols } from './read-elf.ts'
import { newestVersions, olderVersions, olderVersionsSource, versionScript } from './version-script.ts'

/** The two libraries, as the compiler has them and as they are made here. */
export const runtimeNames = ['libstdc++.so.6', 'libgcc_s.so.1'] as const
export type RuntimeName = (typeof runtimeNames)[number]

/** Where a compiler has a file of its own; undefined: it has none of that name. */
export function compilersFile(compiler: string, name: string): string | undefined {
  const path = execFileSync(compiler, [`-print-file-name=${name}`])
    .toString()
    .trim()
  return path === name ? undefined : path
}

/**
 * Links a library of the C++ runtime from the compiler's static one, with the versions of the compiler's shared one, to
 * `path`. Throws when the compiler finds fault with it.
 */
export function linkRuntime(compiler: string, name: RuntimeName, path: string): void {
  const original = readElfLibrary(readFileSync(neededFile(compiler, name)))
  const folder = mkdtempSync(join(tmpdir(), 'hearth-c++-runtime-'))
  try {
    writeFileSync(join(folder, 'versions'), versionScript(original))
    writeFileSync(join(folder, 'older.s'), olderVersionsSource(original.machine, olderVersions(original.symbols)))
    const parts = name === 'libgcc_s.so.1' ? compilerSupport(compiler, original, folder) : standardLibrary(compiler)
    const flags = [
      '-shared',
      '-O2',
      '-fPIC',
      '-Wl,-z,relro',
      '-Wl,--hash-style=gnu',
      '-Wl,-O1',
      '-Wl,--gc-sections',
      '-s',
    ]
    const named = [`-Wl,-soname,${name}`, `-Wl,--version-script=${join(folder, 'versions')}`, '-o', path]
    call(compiler.replace(/\+\+$/, 'cc'), [...flags, join(folder, 'older.s'), ...parts, ...named])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All of libstdc++.a, which is made for shared libraries, too. */
const standardLibrary = (compiler: string): readonly string[] => [
  join(projectFolder, 'native', 'arc4random.c'),
  '-Wl,--whole-archive',
  neededFile(compiler, 'libstdc++.a'),
  '-Wl,--no-whole-archive',
  '-lm',
  '-shared-libgcc',
]

/** What of the compiler's two libraries of support has a name that others see: it is hidden there, so it is shown first. */
function compilerSupport(compiler: string, { symbols }: ElfLibrary, folder: string): readonly string[] {
  const names = newestVersions(symbols).map((symbol) => symbol.name)
  const archives = ['libgcc_eh.a', 'libgcc.a'].map((archive) => neededFile(compiler, archive))
  const object = join(folder, 'support.o')
  const wanted = join(folder, 'wanted')
  writeFileSync(wanted, names.map((symbol) => `-u ${symbol}\n`).join(''))
  const linker = execFileSync(compiler, ['-print-prog-name=ld']).toString().trim()
  call(linker, ['-r', '-o', object, `@${wanted}`, '--start-group', ...archives, '--end-group'])
  writeFileSync(object, unhideSymbols(readFileSync(object), new Set(names)))
  return [object, join(projectFolder, 'native', 'dl-find-object.c'), '-Wl,-Bsymbolic', '-nodefaultlibs', '-lc']
}

/** The same, where it must be there: throws otherwise. */
export function neededFile(compiler: string, name: string): string {
  const path = compilersFile(compiler, name)
  if (!path) throw new Error(`${compiler} has no ${name}`)
  return path
}

const call = (program: string, words: readonly string[]) =>
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
