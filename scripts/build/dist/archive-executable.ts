import { chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checkBundle } from '../../../src/platform/bundle/check-bundle.ts'
import { billName, licencesName } from '../../../src/platform/bundle/contents.ts'
import { readBundledFile } from '../../../src/platform/bundle/read-bundled-file.ts'
import { projectFolder } from '../../project-folder.ts'
import { DistributionError } from './distribution-error.ts'
import type { ReleaseNames } from './release-files.ts'
import { writeArchive } from './write-archive.ts'

/** The most that archives may have, in bytes, where it was promised. */
const mostArchiveBytes: Readonly<Record<string, number>> = { 'linux-x64': 60e6 }

/**
 * Makes the archive of an executable, and its bill of materials beside it. The papers come from the executable itself, which is
 * looked over whole before. With an `xzLevel` of its own it may have any size. Throws `DistributionError`.
 */
export async function archiveExecutable(folder: string, names: ReleaseNames, xzLevel?: number): Promise<void> {
  const executable = join(folder, names.executable)
  const { licences, bill } = await readPapers(executable)
  const place = mkdtempSync(join(folder, '.archive-'))
  try {
    const top = join(place, names.folder)
    mkdirSync(top)
    linkOrCopy(executable, join(top, names.program))
    for (const name of ['README.md', 'LICENSE']) copyFileSync(join(projectFolder, name), join(top, name))
    writeFileSync(join(top, licencesName), licences)
    writeFileSync(join(top, names.bill), bill)
    const mostBytes = mostArchiveBytes[names.target.name]
    const limits = xzLevel === undefined ? mostBytes && { mostBytes } : { xzLevel }
    await writeArchive({ folder: top, output: join(folder, names.archive), program: names.program, ...limits })
    writeFileSync(join(folder, names.bill), bill)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
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
