import { chmodSync, copyFileSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkBundle } from '../../../src/platform/bundle/check-bundle.ts'
import { billName, licencesName } from '../../../src/platform/bundle/contents.ts'
import { readBundledFile } from '../../../src/platform/bundle/read-bundled-file.ts'
import { projectFolder } from '../../project-folder.ts'
import { temporaryPath } from '../leftovers.ts'
import { DistributionError } from './distribution-error.ts'
import type { ReleaseNames } from './release-files.ts'
import { writeArchive } from './write-archive.ts'

/** The most that archives may have, in bytes, where it was promised. */
const mostArchiveBytes: Readonly<Record<string, number>> = { 'linux-x64': 60e6 }

/**
 * Makes the archive of an executable, and its bill of materials beside it. The papers come from the executable itself, which is
 * looked over whole before. With an `xzLevel` of its own it may have any size. Both appear when they are whole, and only beside the
 * executable that they are of. Throws `DistributionError`.
 */
export async function archiveExecutable(folder: string, names: ReleaseNames, xzLevel?: number): Promise<void> {
  const executable = join(folder, names.executable)
  const before = markOf(executable)
  const { licences, bill } = await readPapers(executable)
  // Begins as all that is not whole yet, so that it is removed when this is killed.
  const place = temporaryPath(folder)
  mkdirSync(place)
  try {
    const top = join(place, names.folder)
    mkdirSync(top)
    linkOrCopy(executable, join(top, names.program))
    for (const name of ['README.md', 'LICENSE']) copyFileSync(join(projectFolder, name), join(top, name))
    writeFileSync(join(top, licencesName), licences)
    writeFileSync(join(top, names.bill), bill)
    const mostBytes = mostArchiveBytes[names.target.name]
    const limits = xzLevel === undefined ? mostBytes && { mostBytes } : { xzLevel }
    const archive = join(place, names.archive)
    await writeArchive({ folder: top, output: archive, program: names.program, ...limits })
    if (markOf(executable) !== before) {
      throw new DistributionError(`${names.executable} was replaced by another build before its archive was made`)
    }
    renameSync(archive, join(folder, names.archive))
    renameSync(join(top, names.bill), join(folder, names.bill))
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** Another one, or one that was written to, has another mark. */
function markOf(path: string): string {
  const { ino, size, mtimeMs } = statSync(path)
  return `${ino} ${size} ${mtimeMs}`
}

async function readPapers(executable: string): Promise<{ readonly licences: Buffer; readonly bill: Buffer }> {
  const { files, problems } = await checkBundle(executable)
  const licences = files.find(({ name }) => name === licencesName)
  const bill = files.find(({ name }) => name === billName)
  if (problems.length > 0 || !licences || !bill) {
    throw new DistributionError(`${basename(executable)} is not whole: ${problems.join(' ') || 'it lacks its papers.'}`)
  }
  return { licences: await readBundledFile(executable, licences), bill: await readBundledFile(executable, bill) }
}

/** Hundreds of megabytes; some file systems have no links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
    chmodSync(to, 0o755)
  }
}
