import type { BackEnd, DeviceMemory, NativeState } from './native-report.ts'

/** The machine and this process on it, as far as the system tells. What could not be found out is absent. */
export interface SystemInfo {
  readonly operatingSystem: OperatingSystem
  readonly processor: Processor
  readonly memory: MainMemory
  /** Those that the system knows of, whether models can run on them or not. */
  readonly gpus: readonly Gpu[]
  readonly native: NativeState
  readonly program: ProgramInfo
  readonly folders: readonly FolderInfo[]
}

export interface OperatingSystem {
  /** `linux`, `darwin`, `win32` … */
  readonly platform: string
  /** `x64`, `arm64` … */
  readonly architecture: string
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly name?: string
  /** The release of the kernel. */
  readonly kernel: string
  /** `glibc 2.36`. */
  readonly libc?: string
  /** What it runs in, where that is a container: `docker`, `podman`, `kubernetes`, `wsl` … */
  readonly container?: string
}

export interface Processor {
  readonly name?: string
  readonly vendor?: string
  /** Of the machine. */
  readonly physicalCores?: number
  readonly logicalCores: number
  /** Those that this process may use, by its affinity and its control groups' quota. */
  readonly usableCores: number
  /** Cores that the control groups allow it, a fraction too; absent: no limit. */
  readonly quotaCores?: number
  /** What matters for arithmetic, in small letters as Linux names it: `avx2`, `avx512f`, `amx_int8`, `asimd`, `sve` … */
  readonly features: readonly string[]
}

export interface MainMemory {
  readonly totalBytes: number
  /** What can still be had without pushing others out, within the limit. */
  readonly availableBytes: number
  /** Of the control groups; absent: none. */
  readonly limitBytes?: number
  readonly swapTotalBytes?: number
  readonly swapFreeBytes?: number
}

export interface Gpu {
  readonly name: string
  readonly vendor?: string
  readonly totalBytes?: number
  readonly freeBytes?: number
  readonly driverVersion?: string
  /** The newest CUDA that the driver can run. */
  readonly cudaVersion?: string
  /** Whether its memory is the machine's. */
  readonly isIntegrated?: boolean
}

export interface ProgramInfo {
  readonly version: string
  /** What runs it: `bun 1.4.5`. */
  readonly runtime: string
  /** Whether it is the compiled executable. */
  readonly isCompiled: boolean
  readonly uptimeSeconds: number
  /** Main memory of the serving process; absent where the system does not tell, as without /proc. */
  readonly memoryBytes?: number
  readonly processId: number
}

export interface FolderInfo {
  readonly purpose: 'models' | 'data'
  /** Absolute. */
  readonly path: string
  /** Absent where the folder is not there. */
  readonly totalBytes?: number
  readonly freeBytes?: number
}

/** A way to run models. */
export interface Recipe {
  /** `llama-cpp-cuda`, `onnx`, `upstream` … */
  readonly id: string
  /** What carries it out: `llama-cpp`, `onnx`, `upstream`. */
  readonly runtime: string
  readonly summary: string
  readonly backEnd?: BackEnd
  /** Absent while it is not known yet. */
  readonly isAvailable?: boolean
  /** The one that a model takes that asks for nothing. */
  readonly isDefault: boolean
  /** Why it is not available, a sentence. */
  readonly reason?: string
  /** What to do about it, a sentence. */
  readonly remedy?: string
}

/** Knows the machine. Nothing that it does can hold the server up: native code is asked in a process of its own. */
export interface SystemReader {
  /** What is slow to find out is kept, and found out anew in the background; the first call may wait a second or two. */
  info(): Promise<SystemInfo>
  /** The ways in which this build can run models. As `info`. */
  recipes(): Promise<readonly Recipe[]>
  /**
   * Every architecture of models that can be run, as GGUF files name them. Waits until that is known, some seconds the
   * first time; undefined where it cannot be had (the native libraries do not work here, and nothing can be run).
   */
  supportedArchitectures(): Promise<ReadonlySet<string> | undefined>
  /** Of all GPUs that models may run on, as it was when it was read last; undefined where there are none, or not yet known. */
  deviceMemory(): DeviceMemory | undefined
  /** Reads the memory of the GPUs anew, in the background: a model has come or gone. Costs nothing where there is none. */
  refreshDeviceMemory(): void
}
