import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { nameOfFile } from '../model-file.ts'
import type { ModelProblem } from '../registry.ts'
import { type FoundModel, type FoundModels, folderProblem, isMissing, readProblem } from './found-model.ts'
import { scanFolder } from './scan-folder.ts'

/** Folders below a snapshot that are looked into. */
const depth = 3

/**
 * The models in the cache that huggingface_hub keeps, and many programs with it:
 * `models--user--repository/snapshots/<commit>/…/file.gguf`, where the files are links to `blobs/<sum>`, or files where links
 * cannot be made. The commit that `refs/main` names goes first; a file that only other commits have counts too.
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache. Never rejects.
 */
export async function findInHuggingFaceCache(root: string): Promise<FoundModels> {
  let folders: readonly string[]
  try {
    folders = (await readdir(root)).filter((name) => name.startsWith('models--')).sort()
  } catch (error) {
    return { models: [], problems: isMissing(error) ? [] : [folderProblem(root, readProblem(error))] }
  }
  const models: FoundModel[] = []
  const problems: ModelProblem[] = []
  for (const folder of folders) {
    const found = await findInRepository(root, folder)
    models.push(...found.models)
    problems.push(...found.problems)
  }
  return { models, problems }
}

async function findInRepository(root: string, folder: string): Promise<FoundModels> {
  // The hub allows no two dashes in a row within a name; a repository from before there were users has no user.
  const repository = folder.slice('models--'.length).replace('--', '/')
  const snapshots = join(root, folder, 'snapshots')
  const files = new Map<string, FoundModel>()
  const problems: ModelProblem[] = []
  for (const commit of await commitsOf(join(root, folder))) {
    const found = await scanFolder({ folder: join(snapshots, commit), depth })
    problems.push(...found.problems)
    for (const names of found.files) {
      const file = names.join('/')
      if (!files.has(file))
        files.set(file, toModel({ root, repository, file, path: join(snapshots, commit, ...names) }))
    }
  }
  return { models: [...files.values()], problems }
}

function toModel(found: { root: string; repository: string; file: string; path: string }): FoundModel {
  const { root, repository, file, path } = found
  const name = nameOfFile(path)
  const longName = [repository, ...file.split('/').slice(0, -1), name].join('/')
  return { path, name, longName, repository: { name: repository, file }, root, store: 'hugging-face' }
}

/** The commit of `refs/main`, then the others, the youngest first. */
async function commitsOf(folder: string): Promise<readonly string[]> {
  const snapshots = join(folder, 'snapshots')
  const [main, names] = await Promise.all([
    readFile(join(folder, 'refs', 'main'), 'utf8').then(
      (text) => text.trim(),
      () => '',
    ),
    readdir(snapshots).catch((): string[] => []),
  ])
  const commits = names.filter((name) => /^[\w.-]+$/.test(name) && !name.startsWith('.')).sort()
  if (commits.length < 2) return commits
  const dated = await Promise.all(
    commits.map(async (commit) => ({ commit, time: await timeOf(join(snapshots, commit)) })),
  )
  const rank = ({ commit, time }: { commit: string; time: number }) =>
    commit === main ? Number.POSITIVE_INFINITY : time
  return dated.toSorted((left, right) => rank(right) - rank(left)).map(({ commit }) => commit)
}

const timeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
