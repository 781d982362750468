import type { CudaMajor } from '../../platform/cuda/runtime-libraries.ts'

/** A wheel of NVIDIA's redistributable packages, as its index publishes it. */
export interface RuntimeWheel {
  /** The name of the package. */
  readonly package: string
  readonly version: string
  /** The name of the file. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** The libraries in it, with their bytes once unpacked. */
  readonly libraries: Readonly<Record<string, number>>
}

/**
 * What `hearth cuda install` fetches. Of CUDA 13 the line 13.1, which ggml's library was compiled with: an older cudart may lack what
 * it calls, and a newer one brings it nothing. Of CUDA 12 the line 12.4, for the same reason, and it is the smallest.
 */
const wheels: Readonly<Record<CudaMajor, Readonly<Record<'linux-x64' | 'win32-x64', readonly RuntimeWheel[]>>>> = {
  13: {
    'linux-x64': [
      {
        package: 'nvidia-cuda-runtime',
        version: '13.1.80',
        file: 'nvidia_cuda_runtime-13.1.80-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        bytes: 2_297_816,
        sha256: 'dac25b52e69050e5a7a84957e6df470a85b185f8f648a99a1ab1dfce027576cf',
        libraries: { 'libcudart.so.13': 757_536 },
      },
      {
        package: 'nvidia-cublas',
        version: '13.2.1.1',
        file: 'nvidia_cublas-13.2.1.1-py3-none-manylinux_2_27_x86_64.whl',
        bytes: 401_085_577,
        sha256: '8c13c93cf8be4480b4909905c96d2d31575b4af43fcd3af0e84af94762665e4f',
        libraries: { 'libcublas.so.13': 54_190_264, 'libcublasLt.so.13': 502_605_048 },
      },
    ],
    'win32-x64': [
      {
        package: 'nvidia-cublas',
        version: '13.2.1.1',
        file: 'nvidia_cublas-13.2.1.1-py3-none-win_amd64.whl',
        bytes: 385_519_499,
        sha256: 'bc94f0597c21cfd6fea9446b18309b2351630ff227bb4e8575196494fb51c6b6',
        libraries: { 'cublas64_13.dll': 51_572_336, 'cublasLt64_13.dll': 449_244_272 },
      },
    ],
  },
  12: {
    'linux-x64': [
      {
        package: 'nvidia-cuda-runtime-cu12',
        version: '12.4.127',
        file: 'nvidia_cuda_runtime_cu12-12.4.127-py3-none-manylinux2014_x86_64.whl',
        bytes: 883_737,
        sha256: '64403288fa2136ee8e467cdc9c9427e0434110899d07c779f25b5c068934faa5',
        libraries: { 'libcudart.so.12': 707_904 },
      },
      {
        package: 'nvidia-cublas-cu12',
        version: '12.4.5.8',
        file: 'nvidia_cublas_cu12-12.4.5.8-py3-none-manylinux2014_x86_64.whl',
        bytes: 363_438_805,
        sha256: '2fc8da60df463fdefa81e323eef2e36489e1c94335b5358bcb38360adf75ac9b',
        libraries: { 'libcublas.so.12': 109_604_768, 'libcublasLt.so.12': 441_938_896 },
      },
    ],
    'win32-x64': [
      {
        package: 'nvidia-cuda-runtime-cu12',
        version: '12.4.127',
        file: 'nvidia_cuda_runtime_cu12-12.4.127-py3-none-win_amd64.whl',
        bytes: 878_808,
        sha256: '09c2e35f48359752dfa822c09918211844a3d93c100a715d79b59591130c5e1e',
        libraries: { 'cudart64_12.dll': 553_984 },
      },
      {
        package: 'nvidia-cublas-cu12',
        version: '12.4.5.8',
        file: 'nvidia_cublas_cu12-12.4.5.8-py3-none-win_amd64.whl',
        bytes: 396_895_858,
        sha256: '5a796786da89203a0657eda402bcdcec6180254a8ac22d72213abc42069522dc',
        libraries: { 'cublas64_12.dll': 100_033_536, 'cublasLt64_12.dll': 473_551_360 },
      },
    ],
  },
}

/** The wheels of a version for a platform; none where ggml has no CUDA library for it either. Pure. */
export function runtimeWheels(platform: string, architecture: string, major: CudaMajor): readonly RuntimeWheel[] {
  const rows: Readonly<Record<string, readonly RuntimeWheel[]>> = wheels[major]
  return rows[`${platform}-${architecture}`] ?? []
}

/** Bytes that are fetched, and those that stay on the disk. Pure. */
export function sizesOf(all: readonly RuntimeWheel[]): { readonly fetched: number; readonly kept: number } {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    fetched: sum(all.map(({ bytes }) => bytes)),
    kept: sum(all.flatMap(({ libraries }) => Object.values(libraries))),
  }
}
