import { join } from 'node:path'
import type { ModelStore } from '../../core/model.ts'
import { nameOfFile } from '../model-file.ts'
import type { FoundModel, FoundModels } from './found-model.ts'
import { scanFolder } from './scan-folder.ts'

/** `user/repository/Q4_K_M/file.gguf` */
const depth = 3

/** A folder with models as plain files. */
export interface FolderCall {
  /** Absolute. */
  readonly folder: string
  readonly store?: ModelStore
  /** Whether it is a problem that it is not there. */
  readonly mustExist?: boolean
}

/** Every model in a folder and in those below it, three deep. Never rejects. */
export async function findInFolder({ folder, store, mustExist = false }: FolderCall): Promise<FoundModels> {
  const { files, problems } = await scanFolder({ folder, depth, mustExist })
  return { models: files.map((names) => toModel(folder, names, store)), problems }
}

function toModel(root: string, names: readonly string[], store: ModelStore | undefined): FoundModel {
  const path = join(root, ...names)
  const folders = names.slice(0, -1)
  const name = nameOfFile(path)
  const [user, repository, ...rest] = folders
  return {
    path,
    name,
    longName: [...folders, name].join('/'),
    root,
    ...(store && { store }),
    ...(repository !== undefined && {
      repository: { name: `${user}/${repository}`, file: [...rest, ...names.slice(-1)].join('/') },
    }),
  }
}
