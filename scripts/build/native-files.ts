import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { EmbeddedPart } from '../../src/platform/embedded-libraries.ts'
import { cacheFolder } from '../project-folder.ts'
import { buildCxxRuntime } from './cxx-runtime.ts'
import type { InstalledPackage } from './dist/executable-contents.ts'
import { buildNativeStep } from './native-step.ts'
import type { Target } from './targets.ts'

/** A native library that goes into an executable. */
export interface NativeFile {
  /** Its path in the folder that it is unpacked into, with `/` between the parts. */
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** All native libraries of a target. */
export interface NativeFiles {
  /** Over all files. */
  readonly hash: string
  readonly files: readonly NativeFile[]
  /** What is not among them and why: the executable works without, not as well or not everywhere. */
  readonly missing: readonly string[]
}

/** The packages that they come from. */
export interface NativePackages {
  /** node-llama-cpp itself. */
  readonly nodeLlamaCpp: InstalledPackage
  /** In the order of the target's `native`. */
  readonly nativePackages: readonly InstalledPackage[]
}

/** Reads the native libraries of a target from its packages, and makes those that are our own. */
export function readNativeFiles(
  { machine, native }: Pick<Target, 'machine' | 'native'>,
  { nodeLlamaCpp, nativePackages }: NativePackages,
): NativeFiles {
  const [first] = native
  const libraries = join(nativePackages[0]?.folder ?? '', 'bins', first)
  if (!existsSync(join(libraries, 'llama-addon.node'))) throw new Error(`@node-llama-cpp/${first} holds no addon`)
  // The packages that add to another one have the folder of that one.
  const folders = nativePackages.map(({ folder }) => join(folder, 'bins', first))
  const ofPackages = folders.flatMap((folder) => listFiles(folder).map((path) => describe(path, folder)))
  const step = buildNativeStep({
    machine,
    libraries,
    nodeLlamaCpp,
    path: join(cacheFolder, 'native-step', `${first}@${nodeLlamaCpp.version}`, 'hearth-step.node'),
  })
  const ofStep = 'path' in step ? [describe(step.path, dirname(step.path))] : []
  const runtime = buildCxxRuntime(machine)
  const ofRuntime = 'files' in runtime ? runtime.files : []
  const files = [...ofPackages, ...ofStep, ...ofRuntime]
  return {
    hash: sha256(files.map((file) => `${file.name} ${file.sha256}\n`).join('')),
    files,
    missing: [
      // It is made of what Linux has; elsewhere nobody misses it.
      ...('missing' in step && machine.startsWith('linux-') ? [`the native step: ${step.missing}`] : []),
      ...('missing' in runtime ? [`the C++ runtime: ${runtime.missing}`] : []),
    ],
  }
}

/** What a file is for, by the folder that it is in. */
export function partOf(name: string): EmbeddedPart {
  if (name.startsWith('fallback/')) return 'cuda-12'
  return name.startsWith('c++-runtime/') ? 'c++-runtime' : 'libraries'
}

/** What the package says about its own build, and what a linker on Windows wants, is of no use at run time. */
const isOfUse = (name: string) => name !== '_nlcBuildMetadata.json' && !/\.(?:lib|exp)$/.test(name)

const listFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isOfUse(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

function describe(path: string, folder: string): NativeFile {
  const content = readFileSync(path)
  const name = relative(folder, path).split(sep).join('/')
  return { name, path, bytes: content.byteLength, sha256: sha256(content) }
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
