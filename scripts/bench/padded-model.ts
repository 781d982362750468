import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pythonEnvironment } from '../../test/clients/python-environment.ts'
import { run } from '../../test/run.ts'
import { cacheFolder } from '../project-folder.ts'

/** Where the copy of a model with so many times the layers is, once it is made. */
export const paddedModelPath = (source: string, times: number): string =>
  join(cacheFolder, 'padded-models', `${basename(source, '.gguf')}-${times}.gguf`)

/**
 * Makes a copy of a GGUF file of the llama architecture that has so many times the layers and answers as the file itself does,
 * unless it is there. It is kept in the project's cache. Throws where there is no Python, and with Python's own words.
 */
export async function makePaddedModel(source: string, times: number): Promise<void> {
  const target = paddedModelPath(source, times)
  if (existsSync(target)) return
  const python = await pythonEnvironment('gguf')
  if (!python) throw new Error('The model for speculative decoding is made by Python 3.11 or newer, which is not here.')
  mkdirSync(dirname(target), { recursive: true })
  const script = join(import.meta.dir, 'make-padded-model.py')
  const { code, output } = await run([python, script, source, `${target}.part`, String(times)])
  if (code !== 0) throw new Error(`The model for speculative decoding could not be made.\n${output}`)
  renameSync(`${target}.part`, target)
}
