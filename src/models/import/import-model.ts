import { mkdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { takeFileLock } from '../pull/file-lock.ts'
import type { PullProgress } from '../pull/progress-meter.ts'
import type { TensorEncoding } from './encode-tensor.ts'
import { importProblem } from './import-problem.ts'
import { importSentenceTransformer } from './import-sentence-transformer.ts'

export interface ImportModelCall {
  readonly directory: string
  /** Made if it is not there. */
  readonly modelsDir: string
  /** Absent: the name of the directory. */
  readonly name?: string
  readonly encoding: TensorEncoding
  readonly signal: AbortSignal
  readonly onProgress: (progress: PullProgress) => void
}

/**
 * Imports a folder as a new model of the models folder and resolves with the path of its file. Throws
 * `model_import_failed`, also when there is a model of that name already.
 */
export async function importModel(call: ImportModelCall): Promise<string> {
  const { directory, encoding, signal } = call
  const name = call.name ?? basename(resolve(directory))
  if (!/^[^/\\]+$/.test(name) || name.startsWith('.'))
    throw importProblem(directory, `'${name}' cannot be the name of a file`)
  await mkdir(call.modelsDir, { recursive: true })
  const target = join(resolve(call.modelsDir), `${name}.gguf`)
  await using _lock = await takeFileLock({ path: `${target}.lock`, signal })
  const isTaken = await stat(target).then(
    () => true,
    () => false,
  )
  if (isTaken) throw importProblem(directory, `there is a model ${target} already; choose another name with --name`)
  await importSentenceTransformer({
    directory,
    target,
    name,
    encoding,
    signal,
    onProgress: (doneBytes, totalBytes) => call.onProgress({ model: name, step: 'convert', doneBytes, totalBytes }),
  })
  return target
}
