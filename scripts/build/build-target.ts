import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { BunPlugin } from 'bun'
import { version } from '../../src/config/version.ts'
import { projectFolder } from '../project-folder.ts'
import { type BuildArguments, pinnedVersion } from './build-arguments.ts'
import { compressFiles } from './compress-files.ts'
import { embedPapers } from './dist/embed-papers.ts'
import type { ExecutableContents, InstalledPackage } from './dist/executable-contents.ts'
import { releaseNames, removeArchive } from './dist/release-files.ts'
import { sealExecutable } from './dist/seal-executable.ts'
import { embedBuiltFor, embedLibraries } from './embed-libraries.ts'
import { removeCacheLeftovers, removeLeftovers, temporaryPath } from './leftovers.ts'
import { signAdHoc } from './mach-o-signature.ts'
import { readNativeFiles } from './native-files.ts'
import { type PackageName, packageFolder } from './packages.ts'
import { writeRuntime } from './runtime-file.ts'
import { outputOf, type Target } from './targets.ts'

/** An executable that was built. */
export interface Built {
  readonly target: Target
  /** Relative to the top of the project; absolute where it is outside. */
  readonly output: string
  readonly bytes: number
  /** What it lacks, and why. */
  readonly missing: readonly string[]
}

/** Is too large for its target; the message says so. */
export class TooLarge extends Error {}

export type BuildOptions = Pick<BuildArguments, 'nativeVersion' | 'releasesUrl' | 'folder'> & {
  /** Gets a line about what takes time. */
  readonly onNote: (line: string) => void
}

/**
 * Builds the executable of a target. It appears under its name only when it is whole. Throws with a message for people:
 * `MissingPackage`, `UnreachablePackage`, `UnknownRuntime`, `TooLarge`.
 */
export async function buildTarget(target: Target, options: BuildOptions): Promise<Built> {
  const folder = resolve(projectFolder, options.folder)
  await removeLeftovers(folder)
  await removeCacheLeftovers()
  const { contents, missing } = await gatherContents(target, options)
  const plugins = [
    embedLibraries(contents),
    embedBuiltFor(target.name, options.releasesUrl),
    await embedPapers(contents),
  ]
  const output = join(folder, basename(outputOf(target)))
  // A folder, because the name of the file goes into it.
  const temporary = temporaryPath(folder)
  mkdirSync(temporary, { recursive: true })
  try {
    const executable = join(temporary, basename(output))
    const runtime = join(temporary, 'runtime')
    writeRuntime(target, contents.runtime, runtime)
    await compile(target, { runtime, executable, plugins })
    await finish(target, executable)
    // Before, and here: a build that ends now must not leave the new one beside the archive of the old one.
    removeArchive(folder, releaseNames(target, version))
    renameSync(executable, output)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return { target, output: nameFor(output), bytes: statSync(output).size, missing }
}

function nameFor(path: string): string {
  const inProject = relative(projectFolder, path)
  return inProject.startsWith('..') || isAbsolute(inProject) ? path : inProject
}

interface Gathered {
  readonly contents: ExecutableContents
  readonly missing: readonly string[]
}

async function gatherContents(target: Target, options: BuildOptions): Promise<Gathered> {
  const { nativeVersion, releasesUrl, onNote } = options
  const fetched = async (wanted: PackageName): Promise<InstalledPackage> => ({
    ...wanted,
    folder: await packageFolder(wanted, { onNote }),
  })
  const nativePackages: InstalledPackage[] = []
  for (const name of target.native) {
    nativePackages.push(await fetched({ name: `@node-llama-cpp/${name}`, version: nativeVersion }))
  }
  const nodeLlamaCpp = await fetched({ name: 'node-llama-cpp', version: nativeVersion })
  const runtime = await fetched({ name: `@oven/${target.runtimePackage}`, version: pinnedVersion('bun') })
  const { hash, files, missing } = readNativeFiles(target, { nodeLlamaCpp, nativePackages })
  const carried = await compressFiles(files)
  const contents = {
    target,
    runtime,
    nodeLlamaCpp,
    nativePackages,
    hash,
    files: carried,
    ...(releasesUrl && { releasesUrl }),
  }
  return { contents, missing }
}

interface Compilation {
  readonly runtime: string
  readonly executable: string
  readonly plugins: BunPlugin[]
}

async function compile({ runtime: target }: Target, { runtime, executable, plugins }: Compilation): Promise<void> {
  const before = process.cwd()
  // Bun writes a file of its own into the current folder before it gives it its name: 130 MB that a killed build leaves.
  process.chdir(dirname(executable))
  try {
    await bundle({ target, runtime, executable, plugins })
  } finally {
    process.chdir(before)
  }
}

async function bundle({
  target,
  runtime,
  executable,
  plugins,
}: Compilation & { readonly target: Bun.Build.CompileTarget }): Promise<void> {
  await Bun.build({
    entrypoints: [join(projectFolder, 'src', 'main.ts')],
    root: projectFolder,
    compile: {
      target,
      executablePath: runtime,
      outfile: executable,
      // What lies in the folder of the person who starts it is no business of the program's.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    // A command parses only the parts that it uses, and those are compiled already: listening takes a third of the time.
    format: 'esm',
    splitting: true,
    bytecode: true,
    // Names stay: stack traces in the log are to be read.
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins,
  })
}

/** All that is done to the file once it is compiled, and before anybody sees it. */
async function finish({ name, machine, mostBytes }: Target, executable: string): Promise<void> {
  await sealExecutable(executable)
  if (machine.startsWith('darwin-')) writeFileSync(executable, signAdHoc(readFileSync(executable), 'hearth'))
  chmodSync(executable, 0o755)
  const { size } = statSync(executable)
  if (size > mostBytes) {
    throw new TooLarge(
      `it has ${megabytes(size)}, and ${name} may have ${megabytes(mostBytes)} (scripts/build/targets.ts)`,
    )
  }
}

/** A size for people. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
