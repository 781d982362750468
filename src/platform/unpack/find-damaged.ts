import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { EmbeddedFile } from '../embedded-libraries.ts'

/** As much of a file as is held at once. */
const chunkBytes = 1024 * 1024

/**
 * Those of the files that do not lie in the folder as they were built: missing, of another content or no plain files, and,
 * if it `isStrict`, writable by others where that cannot be put right. Reads all of their content.
 */
export async function findDamaged(
  folder: string,
  files: readonly EmbeddedFile[],
  { isStrict = false }: { readonly isStrict?: boolean } = {},
): Promise<readonly EmbeddedFile[]> {
  const damaged: EmbeddedFile[] = []
  const buffer = new Uint8Array(chunkBytes)
  for (const file of files) {
    const path = join(folder, file.name)
    if (!(await isIntact(path, file, buffer)) || (isStrict && !(await isMine(path)))) damaged.push(file)
  }
  return damaged
}

/** Whoever could write to it might do so after it was looked at. */
async function isMine(path: string): Promise<boolean> {
  if (process.platform === 'win32') return true
  try {
    if (((await lstat(path)).mode & 0o022) !== 0) await chmod(path, 0o500)
    return true
  } catch {
    return false
  }
}

async function isIntact(path: string, { bytes, sha256 }: EmbeddedFile, buffer: Uint8Array): Promise<boolean> {
  try {
    const found = await lstat(path)
    if (!found.isFile() || found.size !== bytes) return false
    const handle = await open(path, constants.O_RDONLY)
    try {
      return (await hashOf(handle, buffer)) === sha256
    } finally {
      await handle.close()
    }
  } catch {
    return false
  }
}

async function hashOf(handle: FileHandle, buffer: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
  }
}
