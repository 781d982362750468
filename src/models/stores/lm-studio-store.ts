import { access } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { findInFolder } from './find-in-folder.ts'
import type { FoundModels } from './found-model.ts'
import { readSmallFile } from './read-small-file.ts'

/**
 * The models that LM Studio has fetched: `user/repository/file.gguf` in `models` of its home, which is where
 * `~/.lmstudio-home-pointer` says, and where `downloadsFolder` of its settings says. Never rejects.
 */
export async function findInLmStudio(home: string): Promise<FoundModels> {
  const folders = await foldersOf(home)
  const found = await Promise.all(folders.map((folder) => findInFolder({ folder, store: 'lm-studio' })))
  return { models: found.flatMap(({ models }) => models), problems: found.flatMap(({ problems }) => problems) }
}

async function foldersOf(home: string): Promise<readonly string[]> {
  const usual = [join(home, '.lmstudio'), join(home, '.cache', 'lm-studio')]
  // Most machines have none of them: then there is nothing to be looked for in them.
  const [text, ...areThere] = await Promise.all([readText(join(home, '.lmstudio-home-pointer')), ...usual.map(isThere)])
  const there = usual.filter((_, index) => areThere[index])
  const pointer = text.trim()
  const homes = [...(isAbsolute(pointer) ? [pointer] : []), ...there]
  const chosen = await Promise.all(
    homes.map(async (folder) => downloadsFolder(await readText(join(folder, 'settings.json')))),
  )
  return [
    ...new Set([...chosen.filter((folder) => folder !== undefined), ...homes.map((folder) => join(folder, 'models'))]),
  ]
}

function downloadsFolder(text: string): string | undefined {
  try {
    const folder: unknown = (JSON.parse(text) as { downloadsFolder?: unknown } | null)?.downloadsFolder
    return typeof folder === 'string' && isAbsolute(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Empty where there is no such file, and where it cannot be read. */
const readText = (path: string): Promise<string> => readSmallFile(path).catch(() => '')
