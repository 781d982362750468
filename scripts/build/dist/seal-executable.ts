import { type FileHandle, open } from 'node:fs/promises'
import { readFormat } from '../../../src/platform/bundle/executable-format.ts'
import { findContents } from '../../../src/platform/bundle/find-contents.ts'
import { computeSeal } from '../../../src/platform/bundle/seal.ts'

/**
 * Writes the checksum of a whole executable into the place that its papers have for it, so that `hearth self-check` finds
 * any byte that has changed since. Called once, when nothing else will change the file. Programs for macOS stay as they are: their
 * signature has a checksum of each page already, and is made after everything else. Throws where the papers are not in it.
 */
export async function sealExecutable(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await seal(file, path)
  } finally {
    await file.close()
  }
}

async function seal(file: FileHandle, path: string): Promise<void> {
  const found = await findContents(file)
  if (!found) throw new Error(`${path} does not hold the list of its files`)
  if ((await readFormat(file))?.name === 'Mach-O') return
  await file.write(await computeSeal(file, found.sealAt), found.sealAt, 'latin1')
}
