import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { runtimeSearch } from '../../compose-cuda.ts'
import type { Environment } from '../../config/environment.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { findRuntime } from '../../platform/cuda/find-runtime.ts'
import { carriedMajors, lookForCuda } from '../../platform/cuda/look-for-cuda.ts'
import { damagedFiles, readOwnRuntime } from '../../platform/cuda/own-runtime.ts'
import type { DriverState } from '../../platform/cuda/read-driver.ts'
import type { CudaMajor } from '../../platform/cuda/runtime-libraries.ts'
import type { PlaceSource } from '../../platform/cuda/runtime-places.ts'
import type { NativeDevice } from '../../platform/embedded-libraries.ts'
import { cudaLibraries, nativeDevice } from '../../platform/native-libraries.ts'

/** A runtime of one version, as far as it is here. */
export interface RuntimeState {
  readonly major: CudaMajor
  /** Absent: it is not whole anywhere. */
  readonly source?: PlaceSource
  readonly folder?: string
  readonly files: readonly string[]
  /** Versions, as names of files or our own note tell them; absent: they do not. */
  readonly version?: string
  readonly missing: readonly string[]
  /** Folders that were passed over. */
  readonly untrusted: readonly string[]
  /** Files of our own folder that are not as they were written. */
  readonly damaged: readonly string[]
}

/** Everything that `hearth cuda status` says. */
export interface CudaState {
  readonly driver: DriverState
  readonly runtimes: readonly RuntimeState[]
  /** The versions that this program has libraries of ggml for; none: it is for the processor or for other GPUs. */
  readonly carried: readonly CudaMajor[]
  /** What its libraries compute on where they can; absent: it has none. */
  readonly device?: NativeDevice
  /** What models would do, if the program has the libraries. */
  readonly plan: CudaPlan
}

/** Finds it out; asks the driver in this process. */
export async function gatherCuda(environment: Environment): Promise<CudaState> {
  const search = runtimeSearch(environment)
  const { nativeFolder, dataFolder } = environment
  const request = { ...(nativeFolder && { nativeFolder }) }
  const [source, device] = [cudaLibraries(request), nativeDevice(request)]
  const carried = source === undefined ? [] : carriedMajors(source)
  const { driver, plan } = await lookForCuda({ search, carried: carried.length > 0 ? carried : [13, 12] })
  const runtimes = await Promise.all(
    ([13, 12] as const).map(async (major): Promise<RuntimeState> => {
      const found = await findRuntime(search, major)
      const damaged = await damagedFiles(dataFolder, major)
      if ('missing' in found)
        return { major, files: [], missing: found.missing, untrusted: found.untrusted ?? [], damaged }
      const { source: place, folder, files } = found.runtime
      const version = place === 'own' ? readOwnRuntime(dataFolder, major)?.from : versionsOf(files)
      return { major, source: place, folder, files, missing: [], untrusted: [], damaged, ...(version && { version }) }
    }),
  )
  return { driver, runtimes, carried, plan, ...(device && { device }) }
}

/** `libcudart.so.13` is a link to `libcudart.so.13.1.80`, where its packager has it so. */
function versionsOf(files: readonly string[]): string | undefined {
  const found = files.flatMap((file) => {
    const [, name, version] = /^(?:lib)?(\w+)\.so\.(\d+\.[\d.]+)$/.exec(basename(realpathSync(file))) ?? []
    return version === undefined ? [] : [`${name} ${version}`]
  })
  return found.length > 0 ? found.join(', ') : undefined
}

/** The version that fits the driver, whether a runtime is here or not; undefined where no driver says anything. */
export function fittingMajor({ plan }: Pick<CudaState, 'plan'>): CudaMajor | undefined {
  return plan.type === 'use' || plan.reason === 'no-runtime' ? plan.major : undefined
}

/** Whether this program has libraries for CUDA, its own ones or those of HEARTH_NATIVE_DIR. */
export function hasCudaLibraries({ nativeFolder }: Pick<Environment, 'nativeFolder'>): boolean {
  return cudaLibraries({ ...(nativeFolder && { nativeFolder }) }) !== undefined
}
