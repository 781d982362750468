import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { ServerError } from '../core/errors.ts'
import {
  type EmbeddedLibraries,
  type EmbeddedPart,
  embeddedLibraries,
  type NativeDevice,
} from './embedded-libraries.ts'
import { programFolder } from './program-folder.ts'
import { unpackLibraries } from './unpack/unpack-libraries.ts'

/** A folder that holds `llama-addon.node` and every library that it is linked to. */
export interface NativeLibraries {
  /** Absolute path. */
  readonly folder: string
  /** The version of node-llama-cpp that the libraries belong to; `custom` where nobody knows it. */
  readonly version: string
  readonly device: NativeDevice
  /** Our own native step, where one was built for these libraries: the path of the file, which need not be there. */
  readonly step: string
}

export interface NativeLibraryRequest {
  /** Absolute path of the folder for everything that must last. */
  readonly dataFolder: string
  /** HEARTH_NATIVE_DIR: a folder that holds the libraries, or one to unpack them into. */
  readonly nativeFolder?: string
  /** What travels inside the executable; by default whatever the build put there. */
  readonly embedded?: EmbeddedLibraries | undefined
  /** What is unpacked besides `libraries` and `c++-runtime`, which always are; what the executable lacks is passed over. */
  readonly parts?: readonly EmbeddedPart[]
}

/** The one file that is always there, whatever the platform. */
const addonName = 'llama-addon.node'

/** Our own native step (native/hearth-step.cpp). The build puts it beside the libraries of an executable. */
export const nativeStepName = 'hearth-step.node'

/** Where it lies from source, relative to the top of the project, once `npm start` or a build has compiled it. */
export const builtStepPath = (machine: string): string => join('.cache', 'native-step', machine, nativeStepName)

/**
 * Finds the native libraries: in `nativeFolder` when it holds them, else unpacked from the executable, else among the
 * packages beside the source. Throws `native_libraries_unusable`.
 */
export async function nativeLibraryFolder(request: NativeLibraryRequest): Promise<NativeLibraries> {
  const { nativeFolder, dataFolder, embedded = embeddedLibraries, parts = [] } = request
  if (nativeFolder && existsSync(join(nativeFolder, addonName))) {
    return { ...placed(nativeFolder), version: 'custom', device: deviceIn(nativeFolder) }
  }
  if (!embedded) return fromPackages(nativeFolder)
  const parent = nativeFolder ?? join(dataFolder, 'native')
  const folder = await unpackLibraries(embedded, parent, { parts, isChosen: nativeFolder !== undefined })
  return { ...placed(folder), version: embedded.version, device: embedded.device }
}

/** A folder that somebody has named is not passed over in silence. */
function fromPackages(nativeFolder: string | undefined): NativeLibraries {
  if (!nativeFolder) return packagedLibraries(process.platform, process.arch)
  throw new ServerError('native_libraries_unusable', {
    problem: `HEARTH_NATIVE_DIR names ${nativeFolder}, which holds no ${addonName}`,
    remedy: 'Name the folder that holds it, or unset HEARTH_NATIVE_DIR: then those that npm has installed are used.',
  })
}

/** What the libraries that would be used compute on where they can; opens and unpacks nothing. Absent: there are none. */
export function nativeDevice(
  request: Pick<NativeLibraryRequest, 'nativeFolder' | 'embedded'>,
): NativeDevice | undefined {
  const { nativeFolder, embedded = embeddedLibraries } = request
  if (nativeFolder && existsSync(join(nativeFolder, addonName))) return deviceIn(nativeFolder)
  if (embedded) return embedded.device
  try {
    return packagedLibraries(process.platform, process.arch).device
  } catch {
    return undefined
  }
}

/** Where libraries for CUDA would come from: a folder, or the executable; nothing where those that would be used are for others. */
export function cudaLibraries(
  request: Pick<NativeLibraryRequest, 'nativeFolder' | 'embedded'>,
): string | EmbeddedLibraries | undefined {
  const { nativeFolder, embedded = embeddedLibraries } = request
  if (nativeDevice(request) !== 'cuda') return undefined
  if (nativeFolder && existsSync(join(nativeFolder, addonName))) return nativeFolder
  return embedded ?? packagedLibraries(process.platform, process.arch).folder
}

const placed = (folder: string) => ({ folder, step: join(folder, nativeStepName) })

/** Names of node-llama-cpp's packages for a platform, in the order in which they are taken when they are installed. */
export function packageNames(platform: string, architecture: string): readonly string[] {
  if (platform === 'darwin') return architecture === 'arm64' ? ['mac-arm64-metal'] : ['mac-x64']
  const system = platform === 'win32' ? 'win' : platform
  const base = `${system}-${architecture === 'arm' ? 'armv7l' : architecture}`
  return [`${base}-cuda`, `${base}-vulkan`, base]
}

/** Packages that are left out stand there as empty ones, so only files count. */
function packagedLibraries(platform: string, architecture: string): NativeLibraries {
  const names = packageNames(platform, architecture)
  for (const name of names) {
    const root = packageFolder(`@node-llama-cpp/${name}`)
    const folder = root && join(root, 'bins', name)
    if (!folder || !existsSync(join(folder, addonName))) continue
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const step = join(programFolder(), builtStepPath(`${platform}-${architecture}`))
    return { folder, version, device: deviceOf(name), step }
  }
  throw new ServerError('native_libraries_unusable', {
    problem: `there are none for ${platform} ${architecture}; looked for ${names.map((name) => `@node-llama-cpp/${name}`).join(', ')}`,
  })
}

/** These packages do not export their package.json, so the folder is found from the module that they do export. */
function packageFolder(name: string): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve(name)
    return existsSync(join(dirname(main), 'package.json')) ? dirname(main) : dirname(dirname(main))
  } catch {
    return undefined
  }
}

/** By the libraries that lie there: a folder of one's own may have any name. */
function deviceIn(folder: string): NativeDevice {
  const names = readdirSync(folder)
  return devices.find((device) => names.some((name) => name.includes(`ggml-${device}`))) ?? deviceOf(folder)
}

const devices = ['cuda', 'vulkan', 'metal'] as const

function deviceOf(name: string): NativeDevice {
  return devices.find((device) => name.endsWith(device)) ?? 'cpu'
}
