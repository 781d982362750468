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

/** Throws `HeaderProblem` where a file says that it is one of more files than are fetched, or of fewer. */
export function requirePartCount({ partCount }: ModelFileHead, fileCount: number): void {
  if (partCount === fileCount) return
  const found = fileCount === 1 ? 'its name names no others' : `its name says ${fileCount}`
  throw new HeaderProblem('damaged', `it is the first of a model in ${partCount} files, and ${found}`)
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
