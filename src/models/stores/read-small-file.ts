import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** What is read here holds some lines: a manifest, a setting. */
export const smallFileBytes = 1024 * 1024

/** The text of a small file. Throws for what is no file, and for one of more than a megabyte. */
export async function readSmallFile(path: string): Promise<string> {
  // A named pipe would keep a plain open() waiting for a writer for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > smallFileBytes) throw new Error(`it has ${found.size} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
