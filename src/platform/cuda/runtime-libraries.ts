/** The major versions of CUDA that a library of ggml is built for: 13, and 12 as its fallback. */
export type CudaMajor = 12 | 13

/** The files of the CUDA runtime that a library of ggml is linked to. */
export interface RuntimeLibraries {
  /** The two of cuBLAS: of one build, so from one folder. In the order in which they are opened. */
  readonly cublas: readonly [lt: string, blas: string]
  /** Of the same major version, wherever it lies. Absent: the library carries it in itself. */
  readonly cudart?: string
}

/** Their names, as the loader of a system looks for them: read from the libraries of node-llama-cpp 3.21.1 and 3.22.1. Pure. */
export function runtimeLibraries(platform: string, major: CudaMajor): RuntimeLibraries {
  if (platform !== 'win32')
    return { cublas: [`libcublasLt.so.${major}`, `libcublas.so.${major}`], cudart: `libcudart.so.${major}` }
  return {
    cublas: [`cublasLt64_${major}.dll`, `cublas64_${major}.dll`],
    ...(major === 12 && { cudart: 'cudart64_12.dll' }),
  }
}

/** All of them, in the order in which they have to be opened. Pure. */
export const libraryNames = ({ cudart, cublas }: RuntimeLibraries): readonly string[] => [
  ...(cudart === undefined ? [] : [cudart]),
  ...cublas,
]

/** The library of the NVIDIA driver, which only the driver brings. Pure. */
export const driverLibrary = (platform: string): string => (platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1')
