import type { EmbeddedPart } from '../../../src/platform/embedded-libraries.ts'
import type { NativeFile } from '../native-files.ts'
import type { Target } from '../targets.ts'

/** What goes into the executable of one target, besides the code of the program. */
export interface ExecutableContents {
  readonly target: Target
  /** The runtime: `@oven/bun-…`. */
  readonly runtime: InstalledPackage
  /** node-llama-cpp itself, of the version that the native packages are of. */
  readonly nodeLlamaCpp: InstalledPackage
  /** The packages that the native libraries were taken from: `@node-llama-cpp/…`. */
  readonly nativePackages: readonly InstalledPackage[]
  /** Over all files, as `EmbeddedLibraries.hash`. */
  readonly hash: string
  readonly files: readonly CarriedFile[]
  /** Address below which releases are published; absent: none is built in. */
  readonly releasesUrl?: string
}

/** A package of npm, where it was unpacked. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** Absolute path. */
  readonly folder: string
}

/** A file that the executable carries compressed. */
export interface CarriedFile extends NativeFile {
  readonly part: EmbeddedPart
  /** Absolute path of its copy compressed with Zstandard: these bytes stand in the executable. */
  readonly compressed: string
}
