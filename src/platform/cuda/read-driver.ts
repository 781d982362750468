import { existsSync } from 'node:fs'
import { win32 } from 'node:path'
import process from 'node:process'
import { messageOf } from '../../core/errors.ts'
import { bindFunctions } from '../foreign-functions.ts'
import { openSharedLibrary } from '../loader/open-shared-library.ts'
import type { CudaDriver } from './choose-major.ts'
import { driverLibrary } from './runtime-libraries.ts'

/** The driver, or why there is none that can be used: `absent` is its library, in the words of the loader. */
export type DriverState =
  | { readonly state: 'ready'; readonly driver: CudaDriver }
  | { readonly state: 'absent' | 'unusable'; readonly problem: string }

interface DriverCall {
  /** Whether the GPUs are asked for, too, which takes up to seconds, and can hang in a driver. */
  readonly withDevices: boolean
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Its library, as names that the loader looks for or as paths; by default where drivers put it. */
  readonly libraries?: readonly string[]
}

/**
 * Asks the NVIDIA driver itself, in this process, which has its library open from then on. `nvidia-smi` prints the same
 * numbers, and it is not everywhere where the driver is. Never throws.
 */
export function readDriver({ withDevices, variables, libraries = usualLibraries(variables) }: DriverCall): DriverState {
  let problem = 'its library is not there'
  for (const [index, library] of libraries.entries()) {
    try {
      // bun:ffi alone would look into the current folder, too.
      openSharedLibrary(library)
    } catch (error) {
      if (index === 0) problem = messageOf(error)
      continue
    }
    try {
      return { state: 'ready', driver: ask(library, withDevices) }
    } catch (error) {
      return { state: 'unusable', problem: messageOf(error) }
    }
  }
  return { state: 'absent', problem }
}

const usualLibraries = (variables: DriverCall['variables']) =>
  driverLibraries({ platform: process.platform, variables, exists: existsSync })

interface DriverPlaceFacts {
  readonly platform: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly exists: (path: string) => boolean
}

/** Where Linux inside of Windows has it; what a distribution installs beside it there cannot work. */
const windowsDriver = '/usr/lib/wsl/lib/libcuda.so.1'

/** Where it is that the loader does not look: NixOS, nodes of Kubernetes, snap, Jetson. Only an administrator writes there. */
const hiddenDrivers: readonly string[] = [
  '/run/opengl-driver/lib/libcuda.so.1',
  '/usr/local/nvidia/lib64/libcuda.so.1',
  '/var/lib/snapd/lib/gl/libcuda.so.1',
  '/usr/lib/aarch64-linux-gnu/tegra/libcuda.so.1',
  '/usr/lib/aarch64-linux-gnu/nvidia/libcuda.so.1',
]

/** What is opened as the driver, the first choice first: names that the loader looks for, and paths. Pure but for `exists`. */
export function driverLibraries({ platform, variables, exists }: DriverPlaceFacts): readonly string[] {
  const name = driverLibrary(platform)
  const { SystemRoot = 'C:\\Windows' } = variables
  if (platform === 'win32') return [win32.join(SystemRoot, 'System32', name)]
  return [...[windowsDriver].filter(exists), name, ...hiddenDrivers.filter(exists)]
}

/** Numbers of `CUdevice_attribute`. */
const [capabilityMajor, capabilityMinor] = [75, 76]

function ask(library: string, withDevices: boolean): CudaDriver {
  const driver = bindFunctions(library, {
    cuDriverGetVersion: ['pointer'],
    cuInit: ['number'],
    cuDeviceGetCount: ['pointer'],
    cuDeviceGet: ['pointer', 'number'],
    cuDeviceGetAttribute: ['pointer', 'number', 'number'],
  })
  const answer = new Int32Array(2)
  const number = (call: (answer: Int32Array) => number) => {
    require(call(answer))
    return answer[0] ?? 0
  }
  const version = number((to) => driver.cuDriverGetVersion(to))
  const cudaVersion = `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
  if (!withDevices) return { cudaVersion }
  require(driver.cuInit(0))
  const count = number((to) => driver.cuDeviceGetCount(to))
  const capabilities = Array.from({ length: count }, (_, index) => {
    const device = number((to) => driver.cuDeviceGet(to, index))
    const read = (attribute: number) => number((to) => driver.cuDeviceGetAttribute(to, attribute, device))
    return `${read(capabilityMajor)}.${read(capabilityMinor)}`
  })
  if (count === 0) require(100)
  return { cudaVersion, capabilities }
}

/** What `CUresult` numbers mean that a start of a driver ends with. */
const meanings: Readonly<Record<number, string>> = {
  46: 'the GPUs are in use by others, or their mode forbids it',
  100: 'no CUDA-capable device is detected',
  101: 'a device that CUDA_VISIBLE_DEVICES names is not there',
  802: 'the system is not ready yet (nv-fabricmanager)',
  803: 'the library of the driver and its kernel module are of different versions; a restart helps after an update',
  804: 'a compatibility library of CUDA lies before that of the driver, and is not for these GPUs',
  999: 'it says no more; the kernel log may',
}

function require(result: number): void {
  if (result !== 0) throw new Error(`${meanings[result] ?? 'it refuses to start'} (CUDA error ${result})`)
}
