import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { EmbeddedLibraries } from '../embedded-libraries.ts'
import { usableMajors } from './choose-major.ts'
import { type CudaPlan, planCuda } from './cuda-plan.ts'
import { findRuntime, type RuntimeSearch } from './find-runtime.ts'
import { type DriverState, readDriver } from './read-driver.ts'
import type { CudaMajor } from './runtime-libraries.ts'

/** Everything that is known of CUDA on this machine, and what follows from it. */
export interface CudaLook {
  readonly driver: DriverState
  readonly plan: CudaPlan
}

interface LookCall {
  readonly search: RuntimeSearch
  /** The versions that there are libraries of ggml for. */
  readonly carried: readonly CudaMajor[]
  readonly driver?: DriverState
}

/**
 * Looks at driver, GPUs and runtimes, and decides what is used. For a process that may hang in a driver; the library of the
 * driver is open in it from then on. Never rejects.
 */
export async function lookForCuda({ search, carried, driver: known }: LookCall): Promise<CudaLook> {
  const driver = known ?? readDriver({ withDevices: true, variables: search.variables })
  const usable = driver.state === 'ready' ? usableMajors(driver.driver) : []
  const wanted = usable.filter((major) => carried.includes(major))
  const found = await Promise.all(wanted.map(async (major) => [major, await findRuntime(search, major)] as const))
  const runtimes = Object.fromEntries(found)
  const dataHome = search.variables.HEARTH_HOME
  return { driver, plan: planCuda({ platform: process.platform, driver, runtimes, carried, dataHome }) }
}

/** Of which versions there is a library of ggml: in a folder, or inside the executable. */
export function carriedMajors(source: string | EmbeddedLibraries): readonly CudaMajor[] {
  if (typeof source !== 'string') {
    const hasFallback = source.files.some(({ part }) => part === 'cuda-12')
    return hasFallback ? [13, 12] : [13]
  }
  return ([13, 12] as const).filter((major) => hasLibrary(major === 13 ? source : join(source, 'fallback')))
}

const hasLibrary = (folder: string) =>
  existsSync(folder) && readdirSync(folder).some((name) => /ggml-cuda\b.*\.(?:so|dll)$/.test(name))
