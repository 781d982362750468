/** One file inside the executable, compressed with Zstandard. */
export interface EmbeddedFile {
  /** Its path below the folder that it is unpacked into, with `/` between the parts. */
  readonly name: string
  /** What it is for, and so when it has to be unpacked. */
  readonly part: EmbeddedPart
  /** Of the file as it is unpacked. */
  readonly bytes: number
  /** Of the file as it is unpacked, in hexadecimal. */
  readonly sha256: string
  /** Where `node:fs` finds it inside the executable, as it is there. */
  readonly path: string
}

/**
 * - `libraries`: always needed.
 * - `cuda-12`: the CUDA library for drivers that are too old for CUDA 13, below `fallback/`.
 * - `c++-runtime`: libstdc++ and libgcc_s, below `c++-runtime/`, for systems whose own ones are older or missing.
 */
export type EmbeddedPart = 'libraries' | 'cuda-12' | 'c++-runtime'

/** Native libraries that travel inside the executable. */
export interface EmbeddedLibraries {
  /** Of node-llama-cpp. */
  readonly version: string
  readonly device: NativeDevice
  /** Changes when any of the files does. */
  readonly hash: string
  readonly files: readonly EmbeddedFile[]
}

/** What the libraries compute on, where the machine has it; on the CPU otherwise. */
export type NativeDevice = 'cpu' | 'cuda' | 'vulkan' | 'metal'

/** Nothing from source. The build answers this module with the libraries of its target. */
export const embeddedLibraries: EmbeddedLibraries | undefined = undefined
