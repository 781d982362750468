import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtStepPath } from '../../src/platform/native-libraries.ts'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { compilerFor, versionOfCompiler } from './compilers.ts'
import { temporaryPath } from './leftovers.ts'
import type { Target } from './targets.ts'

/** The module was built, or why it was not. */
export type NativeStepBuild = { readonly path: string } | { readonly missing: string }

/** Its header lays the addon's objects out as the step knows them. */
const oldestVersion = '3.22.1'

const source = join(projectFolder, 'native', 'hearth-step.cpp')
const modules = join(projectFolder, 'node_modules')
const stepCache = join(cacheFolder, 'native-step')

/** What the step is built for. */
export interface NativeStepRequest {
  readonly machine: Target['machine']
  /** The folder with the addon and what it is linked to. */
  readonly libraries: string
  /** node-llama-cpp, of the version that the libraries are of. */
  readonly nodeLlamaCpp: { readonly version: string; readonly folder: string }
  /** Where it goes. */
  readonly path: string
}

/**
 * Compiles native/hearth-step.cpp against the libraries that node-llama-cpp ships and the headers of the llama.cpp release
 * in its bundle; once for each version of any of them. Needs git and a C++ compiler that makes code for that machine: what
 * is missing is answered, not thrown. Throws when the compiler finds fault with the source.
 */
export function buildNativeStep({ machine, libraries, nodeLlamaCpp, path }: NativeStepRequest): NativeStepBuild {
  const compiler = compilerFor(machine)
  if (!compiler) return { missing: `no C++ compiler for ${machine}` }
  if (Bun.semver.order(nodeLlamaCpp.version, oldestVersion) < 0) {
    return { missing: `it needs node-llama-cpp ${oldestVersion}, and this is ${nodeLlamaCpp.version}` }
  }
  const headers = readHeaders(nodeLlamaCpp)
  if (!headers) return { missing: 'git is not there to read the headers of llama.cpp' }
  const compilation = { compiler, libraries, headers, version: nodeLlamaCpp.version }
  const given = [source, join(libraries, 'llama-addon.node')].map((file) => readFileSync(file))
  const hash = [...given, versionOfCompiler(compiler), JSON.stringify(parametersOf(compilation))]
    .reduce((sum, each) => sum.update(each), createHash('sha256'))
    .digest('hex')
  const stamp = `${path}.sha256`
  if (!existsSync(path) || readIfThere(stamp) !== hash) {
    compile(compilation, path)
    writeFileSync(stamp, hash)
  }
  return { path }
}

/** The step of this machine for the packages in node_modules, as it is loaded from source. */
export function buildOwnNativeStep({ machine, native: [native] }: Pick<Target, 'machine' | 'native'>): NativeStepBuild {
  const folder = join(modules, 'node-llama-cpp')
  const libraries = join(modules, '@node-llama-cpp', native, 'bins', native)
  if (!existsSync(libraries)) return { missing: `@node-llama-cpp/${native} is not installed` }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const path = join(projectFolder, builtStepPath(machine))
  return buildNativeStep({ machine, libraries, nodeLlamaCpp: { version, folder }, path })
}

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** Folders with the headers of llama.cpp and ggml, as the addon was built with them. */
function readHeaders({ version, folder: root }: NativeStepRequest['nodeLlamaCpp']): readonly string[] | undefined {
  const llama = join(root, 'llama')
  const folder = join(stepCache, `llama.cpp-${version}`)
  const wanted = ['include', 'ggml/include']
  if (!existsSync(folder)) {
    const temporary = temporaryPath(stepCache)
    try {
      const bundle = join(llama, 'gitRelease.bundle')
      execFileSync('git', ['clone', '--quiet', '--no-checkout', bundle, temporary], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      execFileSync('git', ['-C', temporary, 'checkout', '--quiet', 'HEAD', '--', ...wanted], { stdio: 'ignore' })
      rmSync(join(temporary, '.git'), { recursive: true })
      renameSync(temporary, folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      if (!existsSync(folder)) throw error
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  }
  const headers = [join(modules, 'node-addon-api'), join(modules, 'node-api-headers', 'include'), join(llama, 'addon')]
  return [...headers, ...wanted.map((name) => join(folder, name))]
}

interface Compilation {
  readonly compiler: string
  readonly libraries: string
  readonly headers: readonly string[]
  readonly version: string
}

/** All that the compiler is given, besides where the result goes. */
function parametersOf({ libraries, headers, version }: Compilation): readonly string[] {
  // `libllama.v0.5.0.so`; in the packages for GPUs `libllama.cuda.v0.5.0.so`.
  const linked = readdirSync(libraries).filter((name) =>
    /^lib(llama|ggml|ggml-base)(\.[a-z]+)?(\.v[\d.]+)?\.so$/.test(name),
  )
  return [
    ...['-std=c++17', '-O3', '-fPIC', '-shared', '-fexceptions', '-fvisibility=hidden'],
    // The same bytes wherever the project lies.
    `-ffile-prefix-map=${projectFolder}=.`,
    ...['-DNAPI_VERSION=7', '-DNAPI_CPP_EXCEPTIONS', `-DHEARTH_ADDON_VERSION="${version}"`],
    ...headers.map((folder) => `-I${folder}`),
    source,
    ...linked.sort().map((name) => join(libraries, name)),
    ...['-Wl,-rpath,$ORIGIN', '-Wl,--build-id=none', '-s'],
  ]
}

function compile(compilation: Compilation, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  mkdirSync(stepCache, { recursive: true })
  const temporary = temporaryPath(stepCache)
  try {
    execFileSync(compilation.compiler, [...parametersOf(compilation), '-o', temporary], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}
