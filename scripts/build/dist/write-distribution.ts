import type { Target } from '../targets.ts'

/** An executable that lies in dist/, whole. */
export interface BuiltExecutable {
  readonly target: Target
  /** Relative to the top of the project. */
  readonly output: string
}

/** How the files around the executables are made. */
export interface DistributionOptions {
  /** Whether archives are made: the slow part. Without them, `release.json` is not written either. */
  readonly archives: boolean
}

/**
 * Makes what lies in dist/ beside the executables that were just built: an archive and a bill of materials each, and `SHA256SUMS`
 * and `release.json` over everything of this version that is there, also from earlier builds. Prints names and sizes.
 * Throws with a message for people, for instance when an archive is larger than its target may be.
 */
export async function writeDistribution(
  _built: readonly BuiltExecutable[],
  _options: DistributionOptions,
): Promise<void> {}
