import { rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Removes a folder and those above it below the root, as long as they are empty; one with anything in it stays. */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let each = folder; each !== root && each.startsWith(root); each = dirname(each)) {
    const isGone = await rmdir(each).then(
      () => true,
      () => false,
    )
    if (!isGone) return
  }
}
