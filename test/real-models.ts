import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { cacheFolder, projectFolder } from '../scripts/project-folder.ts'
import { run } from './run.ts'

/** The two default models as files. */
export interface RealModels {
  /** Absolute paths. */
  readonly chat: string
  readonly embedding: string
}

const fileNames = { chat: 'SmolLM2-135M-Instruct.Q4_1.gguf', embedding: 'all-MiniLM-L6-v2.Q8_0.gguf' } as const

/**
 * The real models: from HEARTH_TEST_MODELS, from the folder `shared/models` beside the project, or from the cache of an
 * earlier run; otherwise fetched by the catalog, once. Throws with the log of the attempt when they cannot be had.
 */
export async function realModels(): Promise<RealModels> {
  const cached = join(cacheFolder, 'models')
  const folders = [process.env.HEARTH_TEST_MODELS, join(projectFolder, '..', 'shared', 'models'), cached]
  const found = folders.find((folder) => folder && isComplete(resolve(folder)))
  if (!found) await pullInto(cached)
  const folder = resolve(found ?? cached)
  return { chat: join(folder, fileNames.chat), embedding: join(folder, fileNames.embedding) }
}

/** A models folder of one test: it holds links to the two models, and goes when it is disposed of. */
export interface ModelsFolder extends Disposable {
  readonly path: string
}

/** Makes a folder with the two default models, and with links to other files by their own names. */
export async function makeModelsFolder(more: readonly string[] = []): Promise<ModelsFolder> {
  const models = await realModels()
  const path = mkdtempSync(join(tmpdir(), 'hearth-models-'))
  for (const file of [models.chat, models.embedding, ...more]) symlinkSync(file, join(path, basename(file)))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const isComplete = (folder: string) => Object.values(fileNames).every((name) => existsSync(join(folder, name)))

async function pullInto(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const main = join(projectFolder, 'src', 'main.ts')
  const { code, output } = await run([process.execPath, main, 'pull', '--defaults', '--models-dir', folder], {
    environment: { ...process.env, HEARTH_HOME: cacheFolder },
  })
  if (code !== 0 || !isComplete(folder)) {
    throw new Error(`The models for the tests could not be fetched. Put them into ${folder} by hand.\n${output}`)
  }
}
