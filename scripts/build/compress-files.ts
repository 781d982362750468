import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { cacheFolder } from '../project-folder.ts'
import type { CarriedFile } from './dist/executable-contents.ts'
import { temporaryPath } from './leftovers.ts'
import { type NativeFile, partOf } from './native-files.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** From here on a file is compressed less: GPU libraries take a minute for what is hardly smaller. */
const largeBytes = 100e6

/**
 * Compresses files with Zstandard, as executables carry them: each content once, several at a time. A copy from an earlier
 * build is taken when it still holds what it should.
 */
export async function compressFiles(
  files: readonly NativeFile[],
  folder = join(cacheFolder, 'compressed'),
): Promise<readonly CarriedFile[]> {
  const carried = new Map<string, string>()
  const waiting = [...new Map(files.map((file) => [file.sha256, file])).values()]
  const work = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      carried.set(file.sha256, await compressedCopy(file, folder))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return files.map((file) => ({ ...file, part: partOf(file.name), compressed: carried.get(file.sha256) as string }))
}

async function compressedCopy({ path, bytes, sha256 }: NativeFile, parent: string): Promise<string> {
  const level = bytes < largeBytes ? 19 : 9
  const folder = join(parent, `level-${level}`)
  const copy = join(folder, `${sha256}.zst`)
  if (await holds(copy, sha256)) return copy
  mkdirSync(folder, { recursive: true })
  const temporary = temporaryPath(parent)
  try {
    const params = { [constants.ZSTD_c_compressionLevel]: level }
    await writeFile(temporary, await compress(await readFile(path), { params }))
    renameSync(temporary, copy)
  } finally {
    rmSync(temporary, { force: true })
  }
  return copy
}

async function holds(copy: string, sha256: string): Promise<boolean> {
  if (!existsSync(copy)) return false
  try {
    const content = await decompress(await readFile(copy))
    return createHash('sha256').update(content).digest('hex') === sha256
  } catch {
    return false
  }
}
