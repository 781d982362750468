import { compare } from 'semver'
import type { ReleaseFile, ReleaseManifest } from '../../core/release-manifest.ts'

/** A release beside what runs here. */
export interface ReleaseComparison {
  readonly isNewer: boolean
  readonly newest: string
  /** The archive for this target; absent: the release has none. */
  readonly file?: ReleaseFile
}

/** Compares by the rules of semantic versions: what comes after a `+` counts for nothing, and 1.0.0-rc.1 is before 1.0.0. Pure. */
export function compareRelease(
  { version: newest, files }: ReleaseManifest,
  here: { readonly version: string; readonly target: string | undefined },
): ReleaseComparison {
  const file = files.find(({ target }) => target === here.target)
  return { isNewer: compare(newest, here.version) > 0, newest, ...(file && { file }) }
}
