import { type CudaDriver, usableMajors } from './choose-major.ts'
import type { FoundRuntime, RuntimeChoice } from './choose-runtime.ts'
import type { DriverState } from './read-driver.ts'
import { type CudaMajor, driverLibrary } from './runtime-libraries.ts'

/** How CUDA is used on this machine, or why it is not. */
export type CudaPlan =
  | { readonly type: 'use'; readonly major: CudaMajor; readonly runtime: FoundRuntime; readonly driver: string }
  | {
      readonly type: 'leave'
      readonly reason: 'no-driver' | 'no-gpu' | 'old-driver' | 'unfit-gpu' | 'no-runtime'
      /** A clause that follows a colon. */
      readonly problem: string
      /** What to do about it, a sentence. */
      readonly remedy: string
      /** The version that a runtime is missing of. */
      readonly major?: CudaMajor
    }

export interface PlanFacts {
  readonly platform: string
  readonly driver: DriverState
  /** Of the versions that the driver can use; others need not be looked for. */
  readonly runtimes: Readonly<Partial<Record<CudaMajor, RuntimeChoice>>>
  /** The versions that there are libraries of ggml for. */
  readonly carried: readonly CudaMajor[]
  /** HEARTH_HOME as this process has it: of a service, whoever types a command has another one. */
  readonly dataHome?: string | undefined
}

/** The best version that libraries, driver, GPUs and a runtime are there for, or what is missing for it. Pure. */
export function planCuda({ platform, driver, runtimes, carried, dataHome }: PlanFacts): CudaPlan {
  if (driver.state !== 'ready') return withoutDriver(platform, driver)
  const usable = usableMajors(driver.driver).filter((major) => carried.includes(major))
  const [best] = usable
  if (best === undefined) return withoutLibrary(driver.driver, carried)
  for (const major of usable) {
    const choice = runtimes[major]
    if (choice && 'runtime' in choice)
      return { type: 'use', major, runtime: choice.runtime, driver: driver.driver.cudaVersion }
  }
  const choice = runtimes[best]
  const { missing, untrusted = [] } = choice && 'missing' in choice ? choice : { missing: [] }
  const problem = `${listed(missing)} of CUDA ${best} ${missing.length === 1 ? 'is' : 'are'} missing`
  const [folder] = untrusted
  const base = { type: 'leave', reason: 'no-runtime', major: best } as const
  const remedy = runtimeRemedy(platform === 'win32' ? undefined : dataHome)
  if (folder === undefined) return { ...base, problem, remedy }
  return {
    ...base,
    problem: `${problem}; what lies in ${listed(untrusted)} is passed over, because other people can change it`,
    remedy: `${remedy} Or, if you trust it, set HEARTH_CUDA_DIR to ${folder}.`,
  }
}

/** A newer driver helps, or none does. */
function withoutLibrary({ cudaVersion, capabilities = [] }: CudaDriver, carried: readonly CudaMajor[]): CudaPlan {
  const gpus = listed([...new Set(capabilities)])
  const ofAnyDriver = usableMajors({ cudaVersion: '99.0', capabilities })
  if (ofAnyDriver.some((major) => carried.includes(major))) {
    const which = gpus ? `, for GPUs of compute capability ${gpus}` : ''
    const problem = `the NVIDIA driver runs CUDA ${cudaVersion}, which is too old for these libraries${which}`
    return { type: 'leave', reason: 'old-driver', problem, remedy: oldDriverRemedy }
  }
  return {
    type: 'leave',
    reason: 'unfit-gpu',
    problem: `no library for CUDA that is here runs on all GPUs, of compute capability ${gpus}`,
    remedy:
      'CUDA 13 is for 7.5 and later ones, CUDA 12 for 5.0 to 9.0: choose among the GPUs with CUDA_VISIBLE_DEVICES, or use the build for Vulkan.',
  }
}

function withoutDriver(platform: string, { state, problem }: Exclude<DriverState, { state: 'ready' }>): CudaPlan {
  if (state === 'unusable')
    return {
      type: 'leave',
      reason: 'no-gpu',
      problem: `the NVIDIA driver cannot be used: ${problem}`,
      remedy: gpuRemedy,
    }
  const missing = `there is no NVIDIA driver (${driverLibrary(platform)} is missing)`
  return { type: 'leave', reason: 'no-driver', problem: missing, remedy: driverRemedy }
}

const listed = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** What to type where NVIDIA's runtime libraries are missing. */
function runtimeRemedy(dataHome: string | undefined): string {
  const home = dataHome
    ? `HEARTH_HOME=${/^[\w/.-]+$/.test(dataHome) ? dataHome : `'${dataHome.replaceAll("'", `'\\''`)}'`} `
    : ''
  return `Run \`${home}hearth cuda install\`: it fetches NVIDIA’s libraries once; \`hearth cuda status\` says more.`
}

const driverRemedy =
  'Install the NVIDIA driver, version 580 or newer; in a container, start it with the GPU (docker run --gpus all).'

const gpuRemedy =
  'Make an NVIDIA GPU visible: see whether nvidia-smi shows it, check CUDA_VISIBLE_DEVICES, and in a container start it with the GPU (docker run --gpus all).'

const oldDriverRemedy =
  'Update the NVIDIA driver to version 590 or newer; 580 is the last one for GPUs that are older than Turing.'
