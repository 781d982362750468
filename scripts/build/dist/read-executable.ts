import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { BundleContents } from '../../../src/platform/bundle/contents.ts'
import { findContents } from '../../../src/platform/bundle/find-contents.ts'

/** What an executable says of itself; undefined where it says nothing, or is not there. */
export async function contentsOfExecutable(path: string): Promise<BundleContents | undefined> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  const file = await open(path)
  try {
    return (await findContents(file))?.contents
  } finally {
    await file.close()
  }
}
