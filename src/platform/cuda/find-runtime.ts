import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { namesIn } from '../names-in.ts'
import { runTool } from '../run-tool.ts'
import { chooseRuntime, type RuntimeChoice, type SeenFolder, type SeenPlace } from './choose-runtime.ts'
import { type CudaMajor, libraryNames, runtimeLibraries } from './runtime-libraries.ts'
import { type Place, type PlaceFacts, runtimePlaces } from './runtime-places.ts'

/** What the search starts from; the rest it finds out. */
export type RuntimeSearch = Pick<PlaceFacts, 'variables' | 'home' | 'dataFolder' | 'cudaFolder' | 'nativeFolder'>

/**
 * Looks for a CUDA runtime of that version on this machine, as `runtimePlaces` says; opens nothing. A folder that other
 * people can write to is passed over, and named, unless it was given by hand or the loader would take it anyway. Never rejects.
 */
export async function findRuntime(search: RuntimeSearch, major: CudaMajor): Promise<RuntimeChoice> {
  const { platform } = process
  const libraries = runtimeLibraries(platform, major)
  const names = libraryNames(libraries)
  const loaderFolders = platform === 'linux' ? foldersInCache((await readCache()) ?? '', names) : []
  const places = runtimePlaces({ ...search, platform, loaderFolders, list: namesIn }, major)
  return chooseRuntime(
    libraries,
    places.map((place) => look(place, names)),
  )
}

/** The same for one folder that was given by hand, and those below it that are laid out as NVIDIA does. */
export function findRuntimeIn(folder: string, major: CudaMajor): RuntimeChoice {
  const { platform } = process
  const libraries = runtimeLibraries(platform, major)
  const facts = { platform, variables: {}, home: '', dataFolder: '', loaderFolders: [], list: namesIn }
  const places = runtimePlaces({ ...facts, cudaFolder: folder }, major).filter(({ source }) => source === 'hand')
  return chooseRuntime(
    libraries,
    places.map((place) => look(place, libraryNames(libraries))),
  )
}

/** The cache of the loader is asked through its own tool, which is not in the PATH of everybody. */
const readCache = async () => (await runTool('/sbin/ldconfig', ['-p'])) ?? (await runTool('ldconfig', ['-p']))

/** Folders of those libraries in the loader's cache: `\tlibcudart.so.13 (libc6,x86-64) => /usr/lib/…`. Pure. */
export function foldersInCache(cache: string, names: readonly string[]): readonly string[] {
  const paths = cache.split('\n').flatMap((line) => {
    const [, name = '', path] = /^\s*(\S+) \(.*\) => (\/.+)$/.exec(line) ?? []
    return path !== undefined && names.includes(name) ? [dirname(path)] : []
  })
  return [...new Set(paths)]
}

function look({ source, folders }: Place, names: readonly string[]): SeenPlace {
  const isTrusted = source === 'hand' || source === 'loader'
  const there = folders.map((folder) => ({
    folder,
    paths: names.map((name) => [name, join(folder, name)] as const).filter(([, path]) => existsSync(path)),
  }))
  const taken = there.map(({ folder, paths }) => ({
    ...{ folder, found: paths.length },
    files: Object.fromEntries(paths.filter(([, path]) => isTrusted || isOurs(path))),
  }))
  const countOf = (files: SeenFolder['files']) => Object.keys(files).length
  return {
    source,
    folders: taken.filter(({ files }) => countOf(files) > 0).map(({ folder, files }) => ({ folder, files })),
    untrusted: taken.filter(({ files, found }) => countOf(files) < found).map(({ folder }) => folder),
  }
}

/** Whether nobody but this user and the system's can change a file, or put another one in its place. */
export function isOurs(path: string): boolean {
  if (process.platform === 'win32') return true
  try {
    const own = process.getuid?.()
    const isSafe = (each: string) => {
      const { uid, mode } = statSync(each)
      // In a folder with the sticky bit only owners rename what is theirs.
      const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0
      return !isOpen && (uid === 0 || uid === own)
    }
    const file = realpathSync(path)
    return (statSync(file).mode & 0o002) === 0 && [file, ...foldersAbove(file), ...foldersAbove(path)].every(isSafe)
  } catch {
    return false
  }
}

function foldersAbove(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...foldersAbove(parent)]
}
