import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HeaderProblem } from '../models/gguf/header-problem.ts'
import { isLaterPart, ModelFiles, nameOfFile, partsOf } from '../models/model-file.ts'
import { takeFileLock } from '../models/pull/file-lock.ts'
import { explainFullDisk, requireSpace } from '../models/pull/free-space.ts'
import { ProgressMeter, type PullProgress } from '../models/pull/progress-meter.ts'
import { CommandError } from './command-error.ts'

export interface ImportGgufCall {
  /** Absolute path of the model's first file. */
  readonly file: string
  /** Made if it is not there. */
  readonly modelsDir: string
  /** Absent: the name of the file. */
  readonly name?: string
  /** A link in place of a copy. */
  readonly isLinked: boolean
  readonly signal: AbortSignal
  readonly onProgress: (progress: PullProgress) => void
}

/**
 * Puts the files of a model into the models folder and resolves with their paths there. Under its name a file appears only
 * when it is whole. Rejects with a `CommandError` for what is no model, and for a name that is taken.
 */
export async function importGguf(call: ImportGgufCall): Promise<readonly string[]> {
  const { file, modelsDir, isLinked, signal } = call
  // The ending is no part of the name, however it was written.
  const name = call.name?.replace(/\.gguf$/i, '') ?? nameOfFile(file)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that no name may have.
  if (!/^[^/\\\u0000-\u001f\u007f]+$/.test(name) || name.startsWith('.') || isLaterPart(`${name}.gguf`))
    throw new CommandError(`'${name}' cannot be the name of a file.`, 'Choose another one with --name.')
  const fileBytes = await checkModel(file)
  await mkdir(modelsDir, { recursive: true })
  const sources = partsOf(file)
  const targets = sources.map((source) => join(modelsDir, name + basename(source).slice(nameOfFile(source).length)))
  await using _lock = await takeFileLock({ path: `${targets[0]}.lock`, signal })
  for (const target of targets) await requireFree(target)
  if (!isLinked) await requireSpace(modelsDir, fileBytes)
  const meter = new ProgressMeter()
  let done = 0
  const onBytes = (bytes: number) => {
    done += bytes
    call.onProgress({ model: name, step: 'copy', ...meter.measure(done, fileBytes) })
  }
  // The first file makes the model: it comes last, when all others are there.
  const made: string[] = []
  try {
    for (const [index, source] of [...sources.entries()].reverse()) {
      signal.throwIfAborted()
      const target = targets[index] ?? ''
      if (isLinked) await symlink(await realpath(source), target)
      else await copy(source, { target, signal, onBytes })
      made.push(target)
    }
  } catch (error) {
    // Parts without the first one are no model, and would only stand in the way of the next try.
    for (const target of made) await rm(target, { force: true })
    throw isLinked ? error : await explainFullDisk(error, modelsDir, fileBytes - done)
  }
  return targets
}

async function checkModel(file: string): Promise<number> {
  // A pipe or a device would be waited for, or read for ever.
  if (!(await stat(file)).isFile())
    throw new CommandError(`${file} is no file on a disk.`, 'Import takes whole GGUF files.')
  if (isLaterPart(file)) throw new CommandError(`${file} is a later part of a model.`, 'Name the first one.')
  const { result } = await new ModelFiles().read(file)
  if (result instanceof HeaderProblem)
    throw new CommandError(`${file} is no model that can be used: ${result.message}.`, 'Import takes whole GGUF files.')
  return result.fileBytes
}

async function requireFree(target: string): Promise<void> {
  const isTaken = await lstat(target).then(
    () => true,
    () => false,
  )
  if (isTaken) throw new CommandError(`There is ${target} already.`, 'Choose another name with --name.')
}

interface Copy {
  readonly target: string
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

async function copy(source: string, { target, signal, onBytes }: Copy): Promise<void> {
  const unfinished = `${target}.importing`
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      onBytes(chunk.byteLength)
      next(null, chunk)
    },
  })
  try {
    await pipeline(createReadStream(source), count, createWriteStream(unfinished, { flush: true }), { signal })
    await rename(unfinished, target)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
