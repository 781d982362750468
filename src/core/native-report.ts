/** What a library computes on. */
export type BackEnd = 'cpu' | 'cuda' | 'vulkan' | 'metal'

/** What became of one back-end of llama.cpp. */
export interface BackEndAttempt {
  readonly backEnd: BackEnd
  /**
   * `used`: models run on it. `idle`: it works, and another one goes first. `failed`: its library is there and could not be
   * used. `absent`: this build has no library of it.
   */
  readonly outcome: 'used' | 'idle' | 'failed' | 'absent'
  /** The system's own words for what is missing or broken, where it failed. */
  readonly problem?: string
  /** What to do about it, a sentence, where whoever looked knows. */
  readonly remedy?: string
}

/** Memory of all GPUs that models may run on, together. */
export interface DeviceMemory {
  readonly totalBytes: number
  readonly freeBytes: number
}

/** What the native libraries say of themselves and of the machine, once they are opened as for a model. */
export interface NativeReport {
  /** Of node-llama-cpp; `custom` where nobody knows it. */
  readonly version: string
  /** Of llama.cpp; absent where nobody knows it. */
  readonly llamaCppVersion?: string
  /** Absolute path. */
  readonly folder: string
  /** What the libraries were built for. */
  readonly builtFor: BackEnd
  /** What models run on here. */
  readonly device: BackEnd
  /** The kind of CPU that the library in use was compiled for, as its file is named: `haswell`, `armv8.2_1` …; absent where there is one only. */
  readonly cpuVariant?: string
  /** What that library was compiled to use, as it names it: `AVX2`, `FMA` … */
  readonly cpuFeatures: readonly string[]
  /** Cores that are worth a thread of arithmetic each. */
  readonly mathCores: number
  /** The GPUs that models may run on. */
  readonly deviceNames: readonly string[]
  /** Absent where there is no GPU. */
  readonly deviceMemory?: DeviceMemory
  /** The version of the CUDA runtime in use. */
  readonly cudaRuntime?: string
  /** Every architecture of models that it can run, as GGUF files name them. */
  readonly architectures: readonly string[]
  /** All four, whatever became of them. */
  readonly backEnds: readonly BackEndAttempt[]
  /** Whether our own native step is in use. */
  readonly hasNativeStep: boolean
}

/** The report, or that it is not there yet, or why it cannot be had, and what to do about it where that is known. */
export type NativeState =
  | { readonly state: 'reading' }
  | { readonly state: 'ready'; readonly report: NativeReport }
  | { readonly state: 'failed'; readonly problem: string; readonly remedy?: string }
