import type { CudaMajor } from './runtime-libraries.ts'

/** What the NVIDIA driver says of itself and of its GPUs. */
export interface CudaDriver {
  /** The newest CUDA that it runs: `13.1`. */
  readonly cudaVersion: string
  /** The compute capability of each GPU that may be used: `8.6`. Absent: nobody asked. */
  readonly capabilities?: readonly string[]
}

/**
 * Which libraries of ggml run on all GPUs of a driver, the better ones first; none where the driver is too old. Pure.
 *
 * What the libraries hold was read from them (node-llama-cpp 3.21.1 and 3.22.1, Linux and Windows). 13: machine code for 8.6,
 * 8.9, 12.0 and 12.1, and text of PTX 9.1 for 7.5, 8.0 and 9.0, which drivers compile from CUDA 13.1 on. 12: machine code for
 * 8.6, and text of PTX 8.4 for 5.0 to 8.0, from CUDA 12.4 on. Machine code runs on later GPUs of its own generation.
 */
export function usableMajors({ cudaVersion, capabilities = ['8.6'] }: CudaDriver): readonly CudaMajor[] {
  const driver = numberOf(cudaVersion)
  return ([13, 12] as const).filter((major) => capabilities.every((each) => runs(major, driver, numberOf(each))))
}

function runs(major: CudaMajor, driver: number, capability: number): boolean {
  const isAmpereOrAda = capability >= 806 && capability < 900
  if (major === 12) {
    // The cuBLAS of CUDA 12.4 knows no GPU after Hopper.
    if (capability < 500 || capability >= 1000) return false
    return driver >= (isAmpereOrAda ? 1200 : 1204)
  }
  if (capability < 705) return false
  const hasCode = isAmpereOrAda || capability === 1200 || capability === 1201
  return driver >= (hasCode ? 1300 : 1301)
}

/** `13.1` as 1301: as numbers 13.10 would come before 13.2. */
function numberOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}
