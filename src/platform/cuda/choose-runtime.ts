import { libraryNames, type RuntimeLibraries } from './runtime-libraries.ts'
import type { PlaceSource } from './runtime-places.ts'

/** A place, and which of the libraries lie in its folders. */
export interface SeenPlace {
  readonly source: PlaceSource
  readonly folders: readonly SeenFolder[]
  /** Folders that have some of them and are passed over, because other people can change what lies there. */
  readonly untrusted?: readonly string[]
}

export interface SeenFolder {
  readonly folder: string
  /** Absolute path of each library that is there, by its name. */
  readonly files: Readonly<Record<string, string>>
}

/** A CUDA runtime that is whole. */
export interface FoundRuntime {
  readonly source: PlaceSource
  /** The folder of cuBLAS. */
  readonly folder: string
  /** Absolute paths, in the order in which they have to be opened. */
  readonly files: readonly string[]
}

/** The first runtime that is whole, or the names of what is missing everywhere or does not lie together. */
export type RuntimeChoice =
  | { readonly runtime: FoundRuntime }
  | {
      readonly missing: readonly string[]
      /** Folders that were passed over; absent: none. */
      readonly untrusted?: readonly string[]
    }

/**
 * Takes cuBLAS from the first folder that has both of its files, which are of one build, and cudart from that folder, else
 * from the same place, else from the first place that has it: cuBLAS carries its own. Pure.
 */
export function chooseRuntime(libraries: RuntimeLibraries, places: readonly SeenPlace[]): RuntimeChoice {
  const { cublas, cudart } = libraries
  const all = places.flatMap(({ source, folders }) => folders.map((folder) => ({ source, ...folder })))
  const missing = libraryNames(libraries).filter((name) => !all.some(({ files }) => files[name]))
  const blas = all.find(({ files }) => cublas.every((name) => files[name]))
  const untrusted = places.flatMap((place) => place.untrusted ?? [])
  if (!blas || missing.length > 0)
    return { missing: missing.length > 0 ? missing : cublas, ...(untrusted.length > 0 && { untrusted }) }
  const near = places.find(({ folders }) => folders.some(({ folder }) => folder === blas.folder))?.folders ?? []
  const runtime = cudart && [blas, ...near, ...all].map(({ files }) => files[cudart]).find(Boolean)
  return {
    runtime: {
      source: blas.source,
      folder: blas.folder,
      files: [...(runtime ? [runtime] : []), ...cublas.map((name) => blas.files[name] as string)],
    },
  }
}
