import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { version } from '../../../src/config/version.ts'
import type { ReleaseFile, ReleaseManifest } from '../../../src/core/release-manifest.ts'
import { projectFolder } from '../../project-folder.ts'
import type { Target } from '../targets.ts'
import { archiveExecutable } from './archive-executable.ts'
import { checksumsName, checksumsOf, renderChecksums } from './checksums.ts'
import { DistributionError } from './distribution-error.ts'
import { versionOfExecutable } from './read-executable.ts'
import { allReleaseNames, type ReleaseNames, releaseNames } from './release-files.ts'
import { writePackaging } from './write-packaging.ts'

/** An executable that lies in dist/, whole. */
export interface BuiltExecutable {
  readonly target: Target
  /** Relative to the top of the project, or absolute. */
  readonly output: string
}

/** How the files around the executables are made. */
export interface DistributionOptions {
  /** Whether archives are made: the slow part. Those of an earlier build of the same targets are removed then. */
  readonly archives: boolean
  /** Address below which releases are published; goes into what installs them. */
  readonly releasesUrl?: string
  /** How hard xz tries, from 0 to 9: for tests, which have no minute; the archives are larger, and may be. */
  readonly xzLevel?: number
  /** Gets a line for each file that was made. */
  readonly onNote?: (line: string) => void
}

/**
 * Makes what lies in dist/ beside the executables that were just built: an archive and a bill of materials each, and `SHA256SUMS`,
 * `release.json` and what installs a release, over everything of this version that is there, also from earlier builds. Throws
 * `DistributionError` at the end, for instance when an archive is larger than its target may be: it is not there then, all else is.
 */
export async function writeDistribution(
  built: readonly BuiltExecutable[],
  { archives, releasesUrl, xzLevel, onNote = console.log }: DistributionOptions,
): Promise<void> {
  const folders = new Set<string>()
  const problems: string[] = []
  for (const { target, output } of built) {
    const folder = dirname(resolve(projectFolder, output))
    const names = releaseNames(target, version)
    folders.add(folder)
    for (const name of [names.archive, names.bill]) rmSync(join(folder, name), { force: true })
    if (!archives) continue
    try {
      const start = performance.now()
      await archiveExecutable(folder, names, xzLevel)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      onNote(`${names.archive}  ${megabytes(join(folder, names.archive))}  (${seconds} s)`)
    } catch (error) {
      if (!(error instanceof DistributionError)) throw error
      problems.push(error.message)
    }
  }
  for (const folder of folders) await writeLists(folder, releasesUrl)
  if (problems.length > 0) throw new DistributionError([...new Set(problems)].join('\n'))
}

const megabytes = (path: string) => `${(statSync(path).size / 1e6).toFixed(1)} MB`

/** `SHA256SUMS`, `release.json` and what installs a release. */
async function writeLists(folder: string, releasesUrl: string | undefined): Promise<void> {
  const there: ReleaseNames[] = []
  const all = allReleaseNames(version)
  for (const names of all) if (await isOfVersion(join(folder, names.executable))) there.push(names)
  const papers = all.flatMap(({ archive, bill }) => [archive, bill]).filter((name) => existsSync(join(folder, name)))
  const sums = await checksumsOf(folder, [...there.map(({ executable }) => executable), ...papers])
  const release: ReleaseManifest = {
    name: 'hearth',
    version,
    files: there.flatMap((names) => describeRelease(folder, names, sums) ?? []),
  }
  writePackaging(release, { folder, ...(releasesUrl !== undefined && { releasesUrl }) })
  replaceFile(join(folder, 'release.json'), `${JSON.stringify(release, undefined, 2)}\n`)
  replaceFile(join(folder, checksumsName), renderChecksums(sums))
}

const isOfVersion = async (path: string) => existsSync(path) && (await versionOfExecutable(path)) === version

function describeRelease(
  folder: string,
  { target, archive, executable, program }: ReleaseNames,
  sums: ReadonlyMap<string, string>,
): ReleaseFile | undefined {
  const [sum, executableSum] = [sums.get(archive), sums.get(executable)]
  if (!sum || !executableSum) return undefined
  const bytesOf = (name: string) => statSync(join(folder, name)).size
  return {
    target: target.name,
    archive,
    bytes: bytesOf(archive),
    sha256: sum,
    executable: { name: program, bytes: bytesOf(executable), sha256: executableSum },
  }
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}
