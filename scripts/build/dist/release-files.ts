import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { outputOf, type Target, targets } from '../targets.ts'

/** The names of what lies in dist/ for a target. */
export interface ReleaseNames {
  readonly target: Target
  /** Of the plain executable. */
  readonly executable: string
  readonly archive: string
  /** Of the bill of materials. */
  readonly bill: string
  /** Of the one folder in the archive. */
  readonly folder: string
  /** Of the executable in that folder. */
  readonly program: string
}

export function releaseNames(target: Target, version: string): ReleaseNames {
  const folder = `hearth-${version}-${target.name}`
  return {
    target,
    executable: basename(outputOf(target)),
    archive: `${folder}.${target.machine.startsWith('win32-') ? 'zip' : 'tar.xz'}`,
    bill: `${folder}.cdx.json`,
    folder,
    program: `hearth${target.suffix ?? ''}`,
  }
}

/** Those of all targets. */
export const allReleaseNames = (version: string): readonly ReleaseNames[] =>
  targets.map((target) => releaseNames(target, version))

/** Removes what was made of an earlier executable: an archive never lies beside an executable that is not in it. */
export function removeArchive(folder: string, { archive, bill }: ReleaseNames): void {
  for (const name of [archive, bill]) rmSync(join(folder, name), { force: true })
}
