import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the top of the project. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)))

/** A git-ignored folder for what tests download or install and may keep. */
export const cacheFolder = join(projectFolder, '.cache')
