import { lstat, realpath, rm, rmdir } from 'node:fs/promises'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { messageOf, ServerError } from '../../core/errors.ts'
import { partsOf } from '../model-file.ts'
import { draftOf } from '../pull/replace-file.ts'

/** A model whose files are to go. */
export interface RemoveCall {
  readonly id: string
  /** Absolute path of its first file. */
  readonly path: string
  /** The folder in which we may delete. */
  readonly modelsDir: string
}

/**
 * Deletes every file of the model, what downloads of them have left, and the folders above them that are empty then. A link
 * is taken away, and what it leads to stays. Rejects with `model_not_ours` for what does not really lie in the models folder,
 * and with `models_folder_unwritable` where the disk refuses.
 */
export async function removeFiles({
  id,
  path,
  modelsDir,
}: RemoveCall): Promise<{ paths: string[]; freedBytes: number }> {
  await checkPlace({ id, path, modelsDir })
  const paths: string[] = []
  let freedBytes = 0
  try {
    for (const part of partsOf(path)) {
      for (const file of [part, ...leftoversOf(part)]) {
        const found = await lstat(file).catch(() => undefined)
        if (!found) continue
        if (found.isDirectory()) throw notOurs({ id, path: file }, 'whoever made it: it is a folder, not a file')
        await rm(file)
        paths.push(file)
        // Another name of the same file keeps its bytes on the disk.
        if (found.nlink === 1 && !found.isSymbolicLink()) freedBytes += found.size
      }
    }
    await removeEmptyFolders(dirname(path), modelsDir)
  } catch (error) {
    if (error instanceof ServerError) throw error
    throw new ServerError('models_folder_unwritable', { path: modelsDir, problem: messageOf(error) }, { cause: error })
  }
  return { paths, freedBytes }
}

/** What a file must be so that we may delete it: below the models folder, also when every link is followed. */
export async function checkPlace({ id, path, modelsDir }: RemoveCall): Promise<void> {
  if (!isInside(path, modelsDir))
    throw notOurs({ id, path }, 'a setting of this server, and is not in its models folder')
  const [folder, real] = await Promise.all([realpath(modelsDir), realpath(dirname(path))]).catch(() => [])
  if (folder === undefined || real === undefined) return
  if (real !== folder && !isInside(real, folder))
    throw notOurs({ id, path }, `the folder ${real}, to which a link leads`)
}

const notOurs = ({ id, path }: { id: string; path: string }, owner: string) =>
  new ServerError('model_not_ours', { param: 'model', model: id, path, owner })

/** Whether a path is below a folder, by the names alone. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** What downloads have left of a file, and nothing else: `FILE.gguf.part1of2` is one that somebody has cut himself. */
const leftoversOf = (file: string): readonly string[] => {
  const note = `${file}.part.json`
  return [`${file}.part`, note, draftOf(note)]
}

async function removeEmptyFolders(from: string, modelsDir: string): Promise<void> {
  for (let folder = from; isInside(folder, modelsDir); folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    )
    if (!isGone) return
  }
}
