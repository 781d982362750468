/**
 * What is published beside the archives of a release, as `release.json`. Releases lie below one address, as GitHub lays them out
 * and any static file server can: `<releases>/latest/download/release.json` is the newest one's, and
 * `<releases>/download/v<version>/<archive>` holds the files of each.
 */
export interface ReleaseManifest {
  readonly name: 'hearth'
  /** Semantic version, without a `v`. */
  readonly version: string
  readonly files: readonly ReleaseFile[]
}

/** One archive of a release: the executable of one target, with its papers. */
export interface ReleaseFile {
  /** The row of scripts/build/targets.ts. */
  readonly target: string
  /** The name of the archive: `hearth-<version>-<target>.tar.xz`, for Windows `.zip`. */
  readonly archive: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** The executable in it. */
  readonly executable: { readonly name: string; readonly bytes: number; readonly sha256: string }
}
