import type { Gpu, SystemInfo } from '../../core/system.ts'
import { missingLibraryRemedy } from './missing-library.ts'
import { nameOf, otherLibraries } from './recipes.ts'

/** Why models run on the processor, and what to do about it. */
export interface GpuProblem {
  /** A clause that follows a colon. */
  readonly problem: string
  /** A sentence; absent: nothing helps, or nobody knows. */
  readonly remedy?: string
}

/** Nothing where models run on a GPU. Pure. */
export function gpuProblem({
  native,
  gpus,
  operatingSystem,
}: Pick<SystemInfo, 'native' | 'gpus' | 'operatingSystem'>): GpuProblem | undefined {
  if (native.state === 'reading') return { problem: 'the native libraries did not answer in time' }
  if (native.state === 'failed') {
    const { problem, remedy } = native
    return { problem: `the native libraries cannot be used: ${problem}`, ...(remedy && { remedy }) }
  }
  const { report } = native
  if (report.device !== 'cpu') return undefined
  const failed = report.backEnds.find(({ outcome }) => outcome === 'failed')
  if (failed) {
    const { backEnd, problem = 'nobody says why' } = failed
    const remedy = failed.remedy ?? missingLibraryRemedy(backEnd, problem)
    return { problem: `${nameOf(backEnd)} cannot be used: ${problem}`, ...(remedy && { remedy }) }
  }
  const useful = gpus.filter(isWorthIt)
  const [first] = useful
  const backEnd = first && first.vendor !== 'NVIDIA' ? 'vulkan' : 'cuda'
  const libraries = otherLibraries(backEnd, report.version, operatingSystem)
  if (useful.length === 0)
    return { problem: 'no GPU was found, and this build carries no libraries for one', remedy: libraries }
  return { problem: `${unusedGpus(useful)}: this build carries no libraries for GPUs`, remedy: libraries }
}

/** Integrated GPUs of Intel and AMD bring little over their CPU: nobody has to do anything about them. */
export const isWorthIt = ({ vendor, isIntegrated }: Gpu): boolean =>
  !isIntegrated && vendor !== undefined && /NVIDIA|AMD|Advanced Micro|Apple/i.test(vendor)

/** `NVIDIA RTX A2000 is not used`. */
export const unusedGpus = (gpus: readonly Gpu[]): string =>
  `${gpus.map(({ name }) => name).join(', ')} ${gpus.length === 1 ? 'is' : 'are'} not used`
