import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nativeStepName } from '../../../src/platform/native-libraries.ts'
import { projectFolder } from '../../project-folder.ts'
import { bundledPackages, readPackage } from './bundled-packages.ts'
import type { Component, ComponentFile } from './component.ts'
import { deviceLibraries } from './device-libraries.ts'
import type { CarriedFile, ExecutableContents, InstalledPackage } from './executable-contents.ts'
import { keptText, packageLicence, packageTexts } from './package-licence.ts'
import { runtimeLibraries } from './runtime-libraries.ts'

/**
 * Everything in an executable that others have made, and our own native module: the runtime first, then the native libraries,
 * then npm's packages by name. Throws `MissingLicence` where something has no licence text.
 */
export async function executableComponents(contents: ExecutableContents): Promise<readonly Component[]> {
  const packages = await bundledPackages()
  const integrities = readIntegrities()
  return [
    describeRuntime(contents, integrities),
    ...describeNative(contents, integrities),
    ...describeOwnStep(contents),
    ...describeCxxRuntime(contents),
    ...packages.map((each) => describePackage(each, integrities)),
  ]
}

/** SHA-512 of packages as the registry has them, by `name@version`: as package-lock.json says it. */
type Integrities = ReadonlyMap<string, string>

function readIntegrities(): Integrities {
  const lock = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; version?: string; integrity?: string }>
  }
  const known = Object.entries(lock.packages).flatMap(([path, { name = nameOf(path), version, integrity }]) => {
    const [, base64] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? []
    return base64 ? [[`${name}@${version}`, Buffer.from(base64, 'base64').toString('hex')] as const] : []
  })
  return new Map(known)
}

const nameOf = (path: string) => path.replace(/^.*node_modules\//, '')

/** What no file of a package says in a form that programs read. */
const packageNotes: Readonly<Record<string, string>> = {
  'swagger-ui-dist':
    'Its program holds other packages, such as React and lodash; the file log.bundle-sizes.swagger-ui.txt in it names them.',
}

function describePackage(each: InstalledPackage, integrities: Integrities): Component {
  const { name, version } = each
  const sha512 = integrities.get(`${name}@${version}`)
  const note = packageNotes[name]
  return {
    name,
    version,
    kind: name === 'elysia' ? 'framework' : 'library',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licence: packageLicence(each),
    texts: packageTexts(each),
    ...(sha512 && { sha512 }),
    ...(note && { note }),
  }
}

/** npm's packages of the runtime hold no licence: it is one of those that are kept here. */
function describeRuntime({ runtime }: ExecutableContents, integrities: Integrities): Component {
  const sha512 = integrities.get(`${runtime.name}@${runtime.version}`)
  return {
    name: runtime.name,
    version: runtime.version,
    kind: 'platform',
    purl: `pkg:npm/${runtime.name.replace('@', '%40')}@${runtime.version}`,
    licence: packageLicence(runtime),
    texts: [keptText('bun/bun.txt', 'Bun')],
    ...(sha512 && { sha512 }),
    parts: runtimeLibraries(runtime.version),
    note: 'Variables that would make another program of it are without effect; nothing else of it is changed.',
  }
}

/** The packages of native libraries, and llama.cpp, whose code is in them. */
function describeNative(contents: ExecutableContents, integrities: Integrities): readonly Component[] {
  const libraries = contents.files.filter((file) => !isOurs(file) && file.part !== 'c++-runtime')
  const packages = contents.nativePackages.map((each, index) => {
    // A package that adds to another one has the fallback of its libraries.
    const files = libraries.filter(({ part }) => (part === 'cuda-12') === index > 0)
    const common = index === 0 ? [describeLlamaCpp(contents), describeAddonHeaders()] : []
    return {
      ...describePackage(each, integrities),
      files: files.map(plain),
      parts: [...common, ...deviceLibraries(contents.target.device, files)],
    }
  })
  return [
    ...packages,
    {
      ...describePackage(contents.nodeLlamaCpp, integrities),
      note: 'The addon is built from its source; its JavaScript is not used.',
    },
  ]
}

const plain = ({ name, bytes, sha256 }: CarriedFile): ComponentFile => ({ name, bytes, sha256 })

const isOurs = ({ name }: CarriedFile) => name === nativeStepName

/** The parts of llama.cpp's repository whose code is in the libraries, with licences of their own. */
const vendored = [
  { name: 'JSON for Modern C++', text: 'jsonhpp', licence: 'MIT' },
  { name: 'cpp-httplib', text: 'cpp-httplib', licence: 'MIT' },
  { name: 'llamafile', text: 'llamafile', licence: 'MIT' },
  { name: 'subprocess.h', text: 'subprocess', licence: 'Unlicense' },
] as const

function describeLlamaCpp({ nativePackages: [native], nodeLlamaCpp }: ExecutableContents): Component {
  const release = llamaCppRelease(native?.folder, nodeLlamaCpp.folder)
  return {
    name: 'llama.cpp',
    kind: 'library',
    ...(release && { version: release, purl: `pkg:github/ggml-org/llama.cpp@${release}` }),
    licence: 'MIT',
    texts: [keptText('llama-cpp/llama-cpp.txt', 'llama.cpp')],
    parts: vendored.map(({ name, text, licence }) => ({
      name,
      kind: 'library',
      licence,
      texts: [keptText(`llama-cpp/${text}.txt`, name)],
    })),
  }
}

/** The release that the libraries were built from: as their own package says it, else as node-llama-cpp does. */
export function llamaCppRelease(native: string | undefined, nodeLlamaCpp: string): string | undefined {
  const bins = native && join(native, 'bins')
  const names =
    bins && existsSync(bins) ? new Bun.Glob('*/_nlcBuildMetadata.json').scanSync({ cwd: bins, dot: true }) : []
  for (const name of names) {
    const { buildOptions } = JSON.parse(readFileSync(join(bins as string, name), 'utf8'))
    if (typeof buildOptions?.llamaCpp?.release === 'string') return buildOptions.llamaCpp.release
  }
  const info = join(nodeLlamaCpp, 'llama', 'llama.cpp.info.json')
  return existsSync(info) ? JSON.parse(readFileSync(info, 'utf8')).tag : undefined
}

/** The headers that the addon and our step are built with. */
function describeAddonHeaders(): Component {
  const {
    version: _,
    sha512: __,
    ...rest
  } = describePackage(readPackage(join(projectFolder, 'node_modules', 'node-addon-api')), new Map())
  return { ...rest, purl: 'pkg:npm/node-addon-api' }
}

function describeOwnStep({ files }: ExecutableContents): readonly Component[] {
  const step = files.filter(isOurs)
  if (step.length === 0) return []
  return [
    {
      name: 'hearth-step',
      kind: 'library',
      licence: 'Apache-2.0',
      texts: [ownLicence()],
      files: step.map(plain),
      note: 'Our own native module, from native/hearth-step.cpp.',
    },
  ]
}

/** Our own licence. */
export const ownLicence = () => readFileSync(join(projectFolder, 'LICENSE'), 'utf8')

function describeCxxRuntime({ files }: ExecutableContents): readonly Component[] {
  const runtime = files.filter(({ part }) => part === 'c++-runtime')
  const [first] = runtime
  if (!first) return []
  const version = gccVersion(first.path)
  return [
    {
      name: 'libstdc++ and libgcc',
      kind: 'library',
      ...(version && { version, purl: `pkg:generic/gcc@${version}` }),
      licence: 'GPL-3.0-or-later WITH GCC-exception-3.1',
      texts: [keptText('gcc/gcc-runtime.txt', 'GCC’s libraries')],
      files: runtime.map(plain),
      note: 'For systems whose own ones are older or missing.',
    },
  ]
}

/** As the compiler has written it into what it made. */
const gccVersion = (path: string): string | undefined =>
  /GCC: \([^)]*\) (\d+\.\d+\.\d+)/.exec(readFileSync(path, 'latin1'))?.[1]
