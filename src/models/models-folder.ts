import { readdir } from 'node:fs/promises'

/** Why nothing can be found in a models folder, in a sentence; nothing where it can be read, or is not there yet. */
export async function modelsFolderProblem(folder: string): Promise<string | undefined> {
  try {
    await readdir(folder)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const why = code === 'ENOTDIR' ? 'it is a file' : `it cannot be read (${code ?? error})`
    return `No model is taken from ${folder}: ${why}. Choose another folder with models_dir or --models-dir.`
  }
}
