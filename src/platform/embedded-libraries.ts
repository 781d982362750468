/** One file inside the executable. */
export interface EmbeddedFile {
  /** Its path below the folder that it is unpacked into, with `/` between the parts. */
  readonly name: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** Where `node:fs` finds it inside the executable. */
  readonly path: string
}

/** Native libraries that travel inside the executable. */
export interface EmbeddedLibraries {
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
