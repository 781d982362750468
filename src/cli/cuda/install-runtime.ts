import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import process from 'node:process'
import { pipeline } from 'node:stream/promises'
import type { Environment } from '../../config/environment.ts'
import { takeFileLock } from '../../models/pull/file-lock.ts'
import { explainFullDisk, requireSpace } from '../../models/pull/free-space.ts'
import { sha256Of } from '../../models/pull/part-file.ts'
import type { ProgressDisplay } from '../../models/pull/progress-display.ts'
import { watchChunks } from '../../models/pull/watch-chunks.ts'
import { findRuntimeIn } from '../../platform/cuda/find-runtime.ts'
import { libraryProblem } from '../../platform/cuda/library-problem.ts'
import { type OwnRuntime, readOwnRuntime, replaceOwnRuntime } from '../../platform/cuda/own-runtime.ts'
import { type CudaMajor, libraryNames, runtimeLibraries } from '../../platform/cuda/runtime-libraries.ts'
import { ownRuntimeFolder } from '../../platform/cuda/runtime-places.ts'
import { CommandError } from '../command-error.ts'
import { type RuntimeWheel, runtimeWheels } from './runtime-packages.ts'
import { type TakenFile, type TakenWheel, takeLibraries } from './take-libraries.ts'

export interface InstallCall {
  readonly major: CudaMajor
  readonly environment: Pick<Environment, 'dataFolder'>
  readonly signal: AbortSignal
  readonly display: ProgressDisplay
}

/** What is in the folder then. */
export interface Installed {
  readonly folder: string
  readonly runtime: Omit<OwnRuntime, 'cuda'>
}

/** Where wheels lie while they come. */
export const downloadsFolder = (dataFolder: string): string => join(dataFolder, 'cuda', 'downloads')

/** One process at a time works on what is installed. To be disposed of. */
export async function lockRuntime({
  environment,
  signal,
  display,
}: Pick<InstallCall, 'environment' | 'signal'> & {
  readonly display: Pick<ProgressDisplay, 'say'>
}): Promise<AsyncDisposable> {
  const folder = join(environment.dataFolder, 'cuda')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const onWait = () => display.say('Another process is installing or removing NVIDIA’s runtime; waiting for it.')
  return takeFileLock({ path: join(folder, 'install.lock'), signal, onWait })
}

/** What was installed from these wheels, where every byte of it is as it was written. */
export async function installedFrom(
  { major, environment, signal }: Pick<InstallCall, 'major' | 'environment' | 'signal'>,
  wheels: readonly RuntimeWheel[],
): Promise<Installed | undefined> {
  const runtime = readOwnRuntime(environment.dataFolder, major)
  const names = runtime?.files?.map(({ name }) => name) ?? []
  if (runtime?.from !== namesOfWheels(wheels) || !namesOf(major).every((name) => names.includes(name))) return undefined
  const folder = ownRuntimeFolder(environment.dataFolder, major, process.platform)
  for (const { name, sha256 } of runtime.files) {
    const found = await sha256Of(join(folder, name), { signal }).catch(() => undefined)
    signal.throwIfAborted()
    if (found !== sha256) return undefined
  }
  return { folder, runtime }
}

const namesOfWheels = (wheels: readonly { readonly package: string; readonly version: string }[]) =>
  wheels.map((wheel) => `${wheel.package} ${wheel.version}`).join(', ')

/** Puts the libraries of wheels into the folder that later versions of Hearth share. Throws `CommandError` and `disk_full`. */
export function installWheels(call: InstallCall, wheels: readonly string[], hint?: string): Promise<Installed> {
  const names = namesOf(call.major)
  return install(call, async (folder) => {
    const taken: TakenWheel[] = []
    for (const wheel of wheels) {
      const onBytes = (doneBytes: number) => call.display.show({ model: basename(wheel), step: 'unpack', doneBytes })
      const found = await takeLibraries({ wheel, names, folder, signal: call.signal, onBytes })
      if (found) taken.push(found)
    }
    requireAll(
      names,
      taken.flatMap(({ files }) => files),
      hint,
    )
    return {
      from: namesOfWheels(taken),
      files: taken.flatMap(({ files }) => files),
    }
  })
}

/** Does the same with a folder of wheels, or of libraries as NVIDIA, Python or another program lays them out. */
export async function installFrom(call: InstallCall, from: string): Promise<Installed> {
  const wheels = await wheelsIn(from)
  const other = (await majorsIn(from)).find((major) => major !== call.major)
  const hint = other ? `What is there is of CUDA ${other}: --major ${other} takes it.` : undefined
  if (wheels.length > 0) return installWheels(call, wheels, hint)
  const found = findRuntimeIn(from, call.major)
  if ('missing' in found)
    throw new CommandError(
      `${from} has no wheel, and not all libraries of CUDA ${call.major}: ${found.missing.join(', ')} missing.`,
      hint ?? 'Name the folder in which they lie together, or one with the wheels.',
    )
  return install(call, async (folder) => {
    const taken: TakenFile[] = []
    for (const file of found.runtime.files) taken.push(await copy(file, folder, call))
    return { from: found.runtime.folder, files: taken }
  })
}

/** Paths of the wheels in a folder. Throws `CommandError` where it cannot be read. */
async function wheelsIn(from: string): Promise<readonly string[]> {
  const names = await readdir(from).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`${from} cannot be read (${cause.code}).`, 'Name a folder with wheels or with libraries.', {
      cause,
    })
  })
  return names.filter((name) => name.endsWith('.whl')).map((name) => join(from, name))
}

/** The versions of CUDA that a folder has cuBLAS of, by the names of its files. Throws `CommandError` as `installFrom` does. */
export async function majorsIn(from: string): Promise<readonly CudaMajor[]> {
  const wheels = (await wheelsIn(from)).map((path) => basename(path))
  const isIn = (major: CudaMajor) =>
    wheels.length > 0
      ? wheels.some((name) => /^nvidia_cublas(?:_cu12)?-/.test(name) && name.includes('_cu12-') === (major === 12))
      : 'runtime' in findRuntimeIn(from, major)
  return ([13, 12] as const).filter(isIn)
}

const namesOf = (major: CudaMajor) => libraryNames(runtimeLibraries(process.platform, major))

function requireAll(names: readonly string[], files: readonly TakenFile[], hint?: string): void {
  const missing = names.filter((name) => !files.some((file) => file.name === name))
  if (missing.length > 0)
    throw new CommandError(
      `These wheels lack ${missing.join(', ')}.`,
      hint ?? '`hearth cuda install --help` names what is needed.',
    )
}

async function install(
  { major, environment }: InstallCall,
  fill: (folder: string) => Promise<Omit<OwnRuntime, 'cuda'>>,
): Promise<Installed> {
  let runtime: Omit<OwnRuntime, 'cuda'> | undefined
  try {
    const folder = await replaceOwnRuntime(environment.dataFolder, major, async (fresh) => {
      runtime = await fill(fresh)
      return runtime
    })
    return { folder, runtime: runtime ?? { from: '', files: [] } }
  } catch (error) {
    throw await explainFullDisk(error, environment.dataFolder, 0)
  }
}

async function copy(from: string, folder: string, { signal, display }: InstallCall): Promise<TakenFile> {
  const name = basename(from)
  const problem = await libraryProblem(from, name)
  if (problem) throw new CommandError(`${from} ${problem}.`, 'Name a folder with libraries for this machine.')
  const { size } = await stat(from)
  await requireSpace(folder, size)
  const hash = createHash('sha256')
  let doneBytes = 0
  const watch = watchChunks((chunk) => {
    hash.update(chunk)
    doneBytes += chunk.byteLength
    display.show({ model: name, step: 'copy', doneBytes, totalBytes: size })
  })
  await pipeline(createReadStream(from), watch, createWriteStream(join(folder, name), { flags: 'wx', flush: true }), {
    signal,
  })
  return { name, bytes: size, sha256: hash.digest('hex') }
}

/** What was fetched is of no use once it is unpacked; what came of the wheels of the other version is continued later. */
export async function forgetDownloads(dataFolder: string, major: CudaMajor): Promise<void> {
  const folder = downloadsFolder(dataFolder)
  const others = runtimeWheels(process.platform, process.arch, major === 13 ? 12 : 13).map(({ file }) => file)
  const names = await readdir(folder).catch(() => [] as string[])
  const gone = names.filter((name) => !others.some((file) => name.startsWith(file)))
  for (const name of gone) await rm(join(folder, name), { recursive: true, force: true })
  if (gone.length === names.length) await rm(folder, { recursive: true, force: true })
}
