import { posix, win32 } from 'node:path'
import type { CudaMajor } from './runtime-libraries.ts'

/**
 * Where the CUDA runtime was found: `hand` is the folder of HEARTH_CUDA_DIR, `libraries` that of HEARTH_NATIVE_DIR, `own` the one
 * that `hearth cuda install` fills.
 */
export type PlaceSource = 'hand' | 'libraries' | 'own' | 'loader' | 'toolkit' | 'python' | 'ollama' | 'lm-studio'

/** One installation, as far as its folders tell: absolute paths, in which a library may lie. */
export interface Place {
  readonly source: PlaceSource
  readonly folders: readonly string[]
}

/** What places are worked out from. */
export interface PlaceFacts {
  readonly platform: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The folder for everything that must last. */
  readonly dataFolder: string
  /** The folder that was given by hand. */
  readonly cudaFolder?: string
  /** The folder of libraries that was given by hand: whoever builds such often puts the runtime beside them. */
  readonly nativeFolder?: string
  /** Folders of the loader's cache, in its order. */
  readonly loaderFolders: readonly string[]
  /** Names in a folder, in their order; none where there is no such folder. */
  readonly list: (folder: string) => readonly string[]
}

/** The folder of one major version that `hearth cuda install` fills, and later versions of Hearth share. Pure. */
export const ownRuntimeFolder = (dataFolder: string, major: CudaMajor, platform: string): string =>
  pathsOf(platform).join(dataFolder, 'cuda', String(major))

/**
 * Where a CUDA runtime of that version may lie, the first choice first; never relative to the current folder. Looks at names
 * of folders only where a path has a part that varies. Pure but for `list`.
 */
export function runtimePlaces(facts: PlaceFacts, major: CudaMajor): readonly Place[] {
  const { platform, cudaFolder, nativeFolder, dataFolder, loaderFolders } = facts
  const path = pathsOf(platform)
  const places: Place[] = [
    ...(cudaFolder === undefined ? [] : [{ source: 'hand' as const, folders: inside(path, cudaFolder, major) }]),
    ...(nativeFolder === undefined ? [] : [{ source: 'libraries' as const, folders: [nativeFolder] }]),
    { source: 'own', folders: [ownRuntimeFolder(dataFolder, major, platform)] },
    { source: 'loader', folders: [...searchFolders(facts), ...loaderFolders] },
    ...(platform === 'win32' ? windowsPlaces(facts, major) : linuxPlaces(facts, major)),
  ]
  return places
    .map(({ source, folders }) => ({ source, folders: [...new Set(folders.flatMap((each) => expand(facts, each)))] }))
    .filter(({ folders }) => folders.length > 0)
}

const pathsOf = (platform: string) => (platform === 'win32' ? win32 : posix)

type Paths = ReturnType<typeof pathsOf>

/** A folder that was given by hand may be that of the libraries, of a toolkit, of a Python environment's packages, or of `--from`. */
const inside = (path: Paths, folder: string, major: CudaMajor) => [
  folder,
  ...['lib64', 'lib', 'bin', path.join('bin', 'x64'), String(major)].map((name) => path.join(folder, name)),
  ...ofPackages(path, folder, major),
]

/** Below a folder of Python packages: NVIDIA's own, and what torch carries on Windows. */
function ofPackages(path: Paths, packages: string, major: CudaMajor): readonly string[] {
  const nvidia = path.join(packages, 'nvidia')
  const names =
    path === win32
      ? [`cu${major}/bin/x86_64`, `cu${major}/bin`, 'cublas/bin', 'cuda_runtime/bin', '../torch/lib']
      : [`cu${major}/lib`, 'cublas/lib', 'cuda_runtime/lib', '../torch/lib']
  return names.map((name) => path.join(nvidia, ...name.split('/')))
}

/** What the loader looks through before its cache. An empty part would be the current folder, a relative one lie in it. */
function searchFolders({ platform, variables }: PlaceFacts): readonly string[] {
  const path = pathsOf(platform)
  const all = platform === 'win32' ? (variables.PATH ?? variables.Path) : variables.LD_LIBRARY_PATH
  return (all ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder))
}

function linuxPlaces({ variables, home }: PlaceFacts, major: CudaMajor): readonly Place[] {
  const toolkits = [variables.CUDA_HOME, variables.CUDA_PATH, '/usr/local/cuda*', '/opt/cuda*'].flatMap(absolute(posix))
  const environments = [variables.VIRTUAL_ENV, variables.CONDA_PREFIX].flatMap(absolute(posix))
  const packages = [
    ...environments.map((folder) => `${folder}/lib/python3*/site-packages`),
    `${home}/.local/lib/python3*/site-packages`,
    `${home}/.pyenv/versions/*/lib/python3*/site-packages`,
    ...['/usr/local/lib/python3*/site-packages', '/usr/local/lib/python3*/dist-packages'],
    ...['/usr/lib/python3*/site-packages', '/usr/lib/python3/dist-packages'],
  ]
  return [
    ...toolkits.map((folder) => ({
      source: 'toolkit' as const,
      folders: [`${folder}/lib64`, `${folder}/targets/*-linux/lib`],
    })),
    ...environments.map((folder) => ({ source: 'python' as const, folders: [`${folder}/lib`] })),
    ...packages.map((folder) => ({ source: 'python' as const, folders: ofPackages(posix, folder, major) })),
    {
      source: 'ollama',
      folders: ['/usr/local/lib/ollama', '/usr/lib/ollama'].map((folder) => `${folder}/cuda_v${major}`),
    },
    { source: 'lm-studio', folders: [`${home}/.lmstudio/extensions/backends/vendor/*cuda*`] },
  ]
}

function windowsPlaces({ variables, home }: PlaceFacts, major: CudaMajor): readonly Place[] {
  const programs = variables.ProgramFiles ?? variables.PROGRAMFILES
  const ofVersion = Object.keys(variables).filter((name) => name.startsWith(`CUDA_PATH_V${major}_`))
  const toolkits = [
    ...[variables.CUDA_PATH, ...ofVersion.sort().map((name) => variables[name])].flatMap(absolute(win32)),
    ...absolute(win32)(programs).map((folder) => `${folder}\\NVIDIA GPU Computing Toolkit\\CUDA\\v${major}.*`),
  ]
  const local = absolute(win32)(variables.LOCALAPPDATA)
  const packages = [
    ...[variables.VIRTUAL_ENV, variables.CONDA_PREFIX].flatMap(absolute(win32)),
    ...local.map((folder) => `${folder}\\Programs\\Python\\Python3*`),
  ].map((folder) => `${folder}\\Lib\\site-packages`)
  const user = absolute(win32)(variables.APPDATA).map((folder) => `${folder}\\Python\\Python3*\\site-packages`)
  return [
    ...toolkits.map((folder) => ({ source: 'toolkit' as const, folders: [`${folder}\\bin\\x64`, `${folder}\\bin`] })),
    ...absolute(win32)(variables.CONDA_PREFIX).map((folder) => ({
      source: 'python' as const,
      folders: [`${folder}\\Library\\bin`],
    })),
    ...[...packages, ...user].map((folder) => ({
      source: 'python' as const,
      folders: ofPackages(win32, folder, major),
    })),
    ...local.map((folder) => ({
      source: 'ollama' as const,
      folders: [`${folder}\\Programs\\Ollama\\lib\\ollama\\cuda_v${major}`],
    })),
    { source: 'lm-studio', folders: [`${home}\\.lmstudio\\extensions\\backends\\vendor\\*cuda*`] },
  ]
}

const absolute = (path: Paths) => (folder: string | undefined) =>
  folder !== undefined && path.isAbsolute(folder) ? [folder] : []

/** Every folder that a path with `*` in some of its names stands for, the last ones of each name first: the newest versions. */
function expand({ list, platform }: Pick<PlaceFacts, 'list' | 'platform'>, pattern: string): readonly string[] {
  if (!pattern.includes('*')) return [pattern]
  const path = pathsOf(platform)
  const names = pattern.split(path.sep)
  const at = names.findIndex((name) => name.includes('*'))
  const folder = names.slice(0, at).join(path.sep) || path.sep
  const wanted = new RegExp(`^${(names[at] ?? '').replace(/[.+()\\]/g, '\\$&').replace(/\*/g, '.*')}$`)
  return list(folder)
    .filter((name) => wanted.test(name))
    .toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
    .flatMap((name) => expand({ list, platform }, [...names.slice(0, at), name, ...names.slice(at + 1)].join(path.sep)))
}
