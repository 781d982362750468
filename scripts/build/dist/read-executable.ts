import { open } from 'node:fs/promises'
import { findContents } from '../../../src/platform/bundle/find-contents.ts'

/** The version that an executable says it is of; undefined where it says nothing. */
export async function versionOfExecutable(path: string): Promise<string | undefined> {
  const file = await open(path)
  try {
    return (await findContents(file))?.contents.version
  } finally {
    await file.close()
  }
}
