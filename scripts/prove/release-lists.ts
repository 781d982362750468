import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ReleaseManifest } from '../../src/core/release-manifest.ts'

/** Compares `SHA256SUMS` and `release.json` of a folder with what lies there; answers what is wrong. */
export async function proveLists(folder: string): Promise<readonly string[]> {
  const [sumsPath, releasePath] = ['SHA256SUMS', 'release.json'].map((name) => join(folder, name)) as [string, string]
  if (!existsSync(sumsPath) || !existsSync(releasePath)) return [`${folder} has no SHA256SUMS and release.json`]
  const sums = new Map(
    readFileSync(sumsPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  )
  const problems: string[] = []
  for (const [name, sum] of sums) {
    const path = join(folder, name)
    if (!existsSync(path)) problems.push(`${name} has a checksum and is not there`)
    else if ((await sha256Of(path)) !== sum) problems.push(`${name} has another checksum than SHA256SUMS says`)
  }
  const { files } = JSON.parse(readFileSync(releasePath, 'utf8')) as ReleaseManifest
  for (const { archive, bytes, sha256 } of files) {
    const isRight = sums.get(archive) === sha256 && statSync(join(folder, archive)).size === bytes
    if (!isRight) problems.push(`${archive} is not as release.json says`)
  }
  console.log(`${sums.size} checksums, ${files.length} archives`)
  return problems
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
