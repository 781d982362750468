import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ReleaseFile, ReleaseManifest } from '../../src/core/release-manifest.ts'
import { checksumsName, readChecksums, sha256Of } from '../build/dist/checksums.ts'
import { outputOf, targets } from '../build/targets.ts'

/** What was found in the lists of a folder. */
export interface ListsProof {
  /** One line for people. */
  readonly facts: string
  readonly problems: readonly string[]
}

/** Compares `SHA256SUMS` and `release.json` of a folder with what lies there. */
export async function proveLists(folder: string): Promise<ListsProof> {
  const [sumsPath, releasePath] = [checksumsName, 'release.json'].map((name) => join(folder, name)) as [string, string]
  if (!existsSync(sumsPath) || !existsSync(releasePath)) {
    return { facts: 'no lists', problems: [`${folder} has no SHA256SUMS and release.json`] }
  }
  const sums = readChecksums(readFileSync(sumsPath, 'utf8'))
  const { files } = JSON.parse(readFileSync(releasePath, 'utf8')) as ReleaseManifest
  const problems = [
    ...(await sumProblems(folder, sums)),
    ...targets.flatMap((target) => unlisted(folder, basename(outputOf(target)), sums)),
    ...files.flatMap((file) => rowProblems(folder, file, sums)),
  ]
  return { facts: `${sums.size} checksums, ${files.length} archives`, problems }
}

async function sumProblems(folder: string, sums: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const problems: string[] = []
  for (const [name, sum] of sums) {
    const path = join(folder, name)
    if (!existsSync(path)) problems.push(`${name} has a checksum and is not there`)
    else if ((await sha256Of(path)) !== sum) problems.push(`${name} has another checksum than SHA256SUMS says`)
  }
  return problems
}

const unlisted = (folder: string, name: string, sums: ReadonlyMap<string, string>) =>
  existsSync(join(folder, name)) && !sums.has(name) ? [`${name} has no checksum`] : []

/** The row of an archive, and of the plain executable that it holds. */
function rowProblems(
  folder: string,
  { target, archive, bytes, sha256, executable }: ReleaseFile,
  sums: ReadonlyMap<string, string>,
): readonly string[] {
  const row = targets.find(({ name }) => name === target)
  if (!row) return [`release.json has a row for ${target}, and there is no such target`]
  const plain = basename(outputOf(row))
  const isRight = (name: string, wanted: { readonly bytes: number; readonly sha256: string }) =>
    sums.get(name) === wanted.sha256 && statSync(join(folder, name), { throwIfNoEntry: false })?.size === wanted.bytes
  return [
    ...(isRight(archive, { bytes, sha256 }) ? [] : [`${archive} is not as release.json says`]),
    ...(isRight(plain, executable) ? [] : [`${plain} is not as release.json says`]),
  ]
}
