/** What the build knows of an executable. */
export interface BuiltFor {
  /** The row of scripts/build/targets.ts: `linux-x64`, `windows-x64-cuda` … */
  readonly target: string
  /** Address below which releases are published (src/core/release-manifest.ts); absent: this build knows of none. */
  readonly releasesUrl?: string
}

/** Nothing from source. The build answers this module with what it builds. */
export const builtFor: BuiltFor | undefined = undefined
