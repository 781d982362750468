import { open, rename, rm } from 'node:fs/promises'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { type ModelFileHead, readModelFileHead } from '../gguf/read-header.ts'
import type { PartFile } from './part-file.ts'
import { SourceProblem } from './source-problem.ts'

/** The head of what came. Throws `SourceProblem` where it is no model, which is taken away then. */
export async function requireModel(part: PartFile): Promise<ModelFileHead> {
  try {
    return await readModelFileHead(part.path)
  } catch (error) {
    if (!(error instanceof HeaderProblem)) throw error
    await part.remove()
    throw notUsable(error)
  }
}

export const notUsable = (problem: HeaderProblem) =>
  new SourceProblem(`what came is no usable model: ${problem.message}`, undefined, { cause: problem })

/** Gives a whole part its final name, when the disk surely has it. */
export async function keepPart(part: PartFile, path: string): Promise<void> {
  const file = await open(part.path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part.path, path)
  await part.forget()
  await rm(`${path}.importing`, { force: true })
}
