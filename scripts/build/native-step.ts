import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtStepPath } from '../../src/platform/native-libraries.ts'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { compilerFor, versionOfCompiler } from './compilers.ts'
import type { Target } from './targets.ts'

/** The module was built, or why it was not. */
export type NativeStepBuild = { readonly path: string } | { readonly missing: string }

const source = join(projectFolder, 'native', 'hearth-step.cpp')
const modules = join(projectFolder, 'node_modules')

/**
 * Compiles native/hearth-step.cpp for a target, against the libraries that node-llama-cpp ships for it and the headers of
 * the llama.cpp release in its bundle; once for each version of any of them. Needs git and a C++ compiler that makes
 * code for that machine: what is missing is answered, not thrown. Throws when the compiler finds fault with the source.
 */
export function buildNativeStep({ machine, native: [native] }: Pick<Target, 'machine' | 'native'>): NativeStepBuild {
  const libraries = join(modules, '@node-llama-cpp', native, 'bins', native)
  const compiler = compilerFor(machine)
  if (!compiler) return { missing: `no C++ compiler for ${machine}` }
  const headers = readHeaders()
  if (!headers) return { missing: 'git is not there to read the headers of llama.cpp' }
  const given = [source, join(libraries, 'llama-addon.node')].map((path) => readFileSync(path))
  const hash = [...given, versionOfCompiler(compiler)]
    .reduce((sum, each) => sum.update(each), createHash('sha256'))
    .digest('hex')
  const path = join(projectFolder, builtStepPath(machine))
  const stamp = `${path}.sha256`
  if (!existsSync(path) || readIfThere(stamp) !== hash) {
    compile({ compiler, libraries, headers, path })
    writeFileSync(stamp, hash)
  }
  return { path }
}

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** Folders with the headers of llama.cpp and ggml, as the addon was built with them. */
function readHeaders(): readonly string[] | undefined {
  const llama = join(modules, 'node-llama-cpp', 'llama')
  const folder = join(cacheFolder, 'native-step', `llama.cpp-${addonVersion()}`)
  const wanted = ['include', 'ggml/include']
  if (!existsSync(folder)) {
    const temporary = `${folder}.${randomUUID()}`
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
      throw error
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
  readonly path: string
}

function compile({ compiler, libraries, headers, path }: Compilation): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}`
  const linked = readdirSync(libraries).filter((name) => /^lib(llama|ggml|ggml-base)(\.v[\d.]+)?\.so$/.test(name))
  const flags = ['-std=c++17', '-O3', '-fPIC', '-shared', '-fexceptions', '-fvisibility=hidden']
  const defined = ['-DNAPI_VERSION=7', '-DNAPI_CPP_EXCEPTIONS', `-DHEARTH_ADDON_VERSION="${addonVersion()}"`]
  try {
    execFileSync(
      compiler,
      [
        ...flags,
        ...defined,
        ...headers.map((folder) => `-I${folder}`),
        source,
        '-o',
        temporary,
        ...linked.map((name) => join(libraries, name)),
        '-Wl,-rpath,$ORIGIN',
        '-static-libgcc',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}

const addonVersion = (): string =>
  JSON.parse(readFileSync(join(modules, 'node-llama-cpp', 'package.json'), 'utf8')).version
