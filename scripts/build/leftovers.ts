import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { draftPath, removeLeftovers as removeDrafts } from '../../src/platform/unpack/draft-folder.ts'
import { cacheFolder } from '../project-folder.ts'

/** A path in a folder for what is not whole yet; nothing is made. Others see by its name whether whoever made it still runs. */
export const temporaryPath = draftPath

/** Whatever is named otherwise is not touched while a build may be at it. */
const longestBuildMilliseconds = 3_600_000

/** Removes what killed builds left in a folder, which need not be there, and nothing of those that run. */
export async function removeLeftovers(parent: string): Promise<void> {
  if (!existsSync(parent)) return
  await removeDrafts(parent)
  const oldest = Date.now() - longestBuildMilliseconds
  for (const name of readdirSync(parent).filter((each) => each.startsWith('.new-'))) {
    const path = join(parent, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: oldest }
    if (mtimeMs < oldest) rmSync(path, { recursive: true, force: true })
  }
}

/** The same, in every folder of the cache that builds write to. */
export async function removeCacheLeftovers(): Promise<void> {
  for (const name of ['packages', 'compressed', 'native-step', 'c++-runtime']) {
    await removeLeftovers(join(cacheFolder, name))
  }
}
