import { open, rename, rm } from 'node:fs/promises'

/** Where the new content of a file is until it is whole. */
export const draftOf = (path: string): string => `${path}.draft`

/**
 * Writes a file so that whoever reads it finds the old content or the new one, also after the power failed. For one writer
 * at a time; what a killed one left is written over by the next.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = draftOf(path)
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
