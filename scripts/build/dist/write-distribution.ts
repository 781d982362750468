import { existsSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { version } from '../../../src/config/version.ts'
import type { ReleaseFile, ReleaseManifest } from '../../../src/core/release-manifest.ts'
import { projectFolder } from '../../project-folder.ts'
import { removeLeftovers, temporaryPath } from '../leftovers.ts'
import type { Target } from '../targets.ts'
import { archiveExecutable } from './archive-executable.ts'
import { checksumsName, checksumsOf, listTime, renderChecksums } from './checksums.ts'
import { DistributionError } from './distribution-error.ts'
import { contentsOfExecutable } from './read-executable.ts'
import { allReleaseNames, type ReleaseNames, releaseNames, removeArchive } from './release-files.ts'
import { type AddressedExecutable, chooseAddress } from './releases-address.ts'
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
  /** Address below which releases are published; goes into what installs them. Absent: the one that the executables know. */
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
    if (!folders.has(folder)) await removeLeftovers(folder)
    folders.add(folder)
    removeArchive(folder, names)
    if (!archives) continue
    try {
      const start = performance.now()
      await archiveExecutable(folder, names, xzLevel)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      onNote(`${names.archive}  ${megabytes(join(folder, names.archive))}  (${seconds} s)`)
    } catch (error) {
      problems.push(problemOf(error, names))
    }
  }
  for (const folder of folders) {
    const note = await writeLists(folder, releasesUrl)
    if (note !== undefined) onNote(note)
  }
  if (problems.length > 0) throw new DistributionError([...new Set(problems)].join('\n'))
}

/** One of the file system's, such as a full disk, is one for people as well. */
function problemOf(error: unknown, { archive }: ReleaseNames): string {
  if (error instanceof DistributionError) return error.message
  if (error instanceof Error && 'code' in error) return `${archive} could not be made: ${error.message}`
  throw error
}

const megabytes = (path: string) => `${(statSync(path).size / 1e6).toFixed(1)} MB`

/** Another build in the same folder may write its own at the same time; it is not at it for longer. */
const mostTries = 10

/**
 * Writes `SHA256SUMS`, `release.json` and what installs a release, once more where another build has changed the folder
 * meanwhile: the last one to write has seen everything. Answers a line for people, if there is something to say.
 */
async function writeLists(folder: string, releasesUrl: string | undefined): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const before = stateOf(folder)
    try {
      const note = await writeListsOnce(folder, releasesUrl)
      if (stateOf(folder) === before || tries === mostTries) return note
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || stateOf(folder) === before || tries === mostTries)
        throw error
    }
  }
}

/** Changes with any file that is listed. */
const stateOf = (folder: string) =>
  allReleaseNames(version)
    .flatMap(({ executable, archive, bill }) => [executable, archive, bill])
    .map((name) => {
      const { ino, size, mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {}
      return `${name} ${ino} ${size} ${mtimeMs}`
    })
    .join('\n')

async function writeListsOnce(folder: string, releasesUrl: string | undefined): Promise<string | undefined> {
  const time = listTime()
  const all = allReleaseNames(version)
  const there: (ReleaseNames & AddressedExecutable)[] = []
  for (const names of all) {
    const contents = await contentsOfExecutable(join(folder, names.executable))
    if (contents?.version === version) {
      there.push({
        ...names,
        name: names.executable,
        ...(contents.releasesUrl && { releasesUrl: contents.releasesUrl }),
      })
    }
  }
  const papers = all.flatMap(({ archive, bill }) => [archive, bill]).filter((name) => existsSync(join(folder, name)))
  const sums = await checksumsOf(folder, [...there.map(({ executable }) => executable), ...papers])
  const release: ReleaseManifest = {
    name: 'hearth',
    version,
    files: there.flatMap((names) => describeRelease(folder, names, sums) ?? []),
  }
  const { url, note } = chooseAddress(there, releasesUrl)
  writePackaging(release, { folder, ...(url !== undefined && { releasesUrl: url }) })
  replaceFile(join(folder, 'release.json'), `${JSON.stringify(release, undefined, 2)}\n`)
  replaceFile(join(folder, checksumsName), renderChecksums(sums), time)
  return note
}

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

/** Appears under its name when it is whole; with a time of its own, in seconds since 1970, if it is to have one. */
function replaceFile(path: string, text: string, time?: number): void {
  const temporary = temporaryPath(dirname(path))
  try {
    writeFileSync(temporary, text)
    if (time !== undefined) utimesSync(temporary, time, time)
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}
