import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ModelHeader } from '../core/model.ts'
import { HeaderProblem } from './gguf/header-problem.ts'
import { type ModelFileHead, readModelFileHead } from './gguf/read-header.ts'
import { joinLayouts } from './gguf/read-layout.ts'

/** A model on the disk, which may be in several files; the first of them stands for it. */
export interface ModelFile {
  readonly path: string
  /** Of all its files. */
  readonly fileBytes: number
  /** When the first file was last written, in seconds since 1970. */
  readonly createdSeconds: number
  readonly header: ModelHeader
}

/** A name that claims more parts is none of a model in parts: each of them would be looked for. */
const partLimit = 1000

const PART = /^(?<base>.+)-(?<part>\d{5})-of-(?<count>\d{5})\.gguf$/i

/** The name of a model by its file: without `.gguf`, and without the number of a part. */
export function nameOfFile(path: string): string {
  const file = basename(path)
  return PART.exec(file)?.groups?.base ?? file.replace(/\.gguf$/i, '')
}

/** Whether a file is the second or a later part of a model, and so no model by itself. */
export function isLaterPart(file: string): boolean {
  const part = PART.exec(file)?.groups?.part
  return part !== undefined && Number(part) !== 1
}

/** The path of a model's first file, by that of any of its files. */
export function firstPartOf(path: string): string {
  return isLaterPart(basename(path)) ? path.replace(/-\d{5}(-of-\d{5}\.gguf)$/i, '-00001$1') : path
}

/** Every file of the model whose first file this is, in order. */
export function partsOf(path: string): readonly string[] {
  const groups = PART.exec(basename(path))?.groups
  const count = Number(groups?.count ?? 1)
  if (!groups || count < 1 || count > partLimit) return [path]
  return Array.from({ length: count }, (_, index) =>
    join(dirname(path), `${groups.base}-${String(index + 1).padStart(5, '0')}-of-${groups.count}.gguf`),
  )
}

/** A look at a model's files. */
export interface ReadModelFile {
  readonly result: ModelFile | HeaderProblem
  /** The same for two paths that lead to one file; absent where that cannot be told. */
  readonly identity?: string
}

/** Reads the heads of models, each of them once for as long as its files do not change. */
export class ModelFiles {
  readonly #known = new Map<string, ReadModelFile & { readonly stamp: string }>()

  /** Never rejects: a file that cannot be used gives the problem. */
  async read(path: string): Promise<ReadModelFile> {
    const { stamp, identity } = await stampOf(path)
    const known = this.#known.get(path)
    if (known?.stamp === stamp) return known
    const result = await readModelFile(path).catch(toProblem)
    const read = { stamp, result, ...(identity !== undefined && { identity }) }
    this.#known.set(path, read)
    return read
  }

  /** Whether the files of a model are as they were when it was read. */
  async isUnchanged(path: string): Promise<boolean> {
    return (await stampOf(path)).stamp === this.#known.get(path)?.stamp
  }

  /** Forgets what was read of all other paths. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path)
  }
}

/** Says when the files of a model have changed: their sizes and the times at which they were written. */
async function stampOf(path: string): Promise<{ readonly stamp: string; readonly identity?: string }> {
  const found = await Promise.all(
    partsOf(path).map((part) =>
      stat(part, { bigint: true }).then(
        (found) => ({ stamp: stampOfStat(found), identity: identityOf(found) }),
        (error: NodeJS.ErrnoException) => ({ stamp: `${error.code}`, identity: undefined }),
      ),
    ),
  )
  const identity = found[0]?.identity
  return { stamp: found.map((part) => part.stamp).join(), ...(identity !== undefined && { identity }) }
}

const stampOfStat = ({ size, mtimeNs, ino }: BigIntStats): string => `${size} ${mtimeNs} ${ino}`

/**
 * The same for two paths that lead to one file; nothing on disks that do not number their files. Numbers of 64 bits, as Windows
 * and many network drives have them, are not the same where their first 53 bits are.
 */
export const identityOf = ({ dev, ino, size }: Pick<BigIntStats, 'dev' | 'ino' | 'size'>): string | undefined =>
  ino === 0n ? undefined : `${dev} ${ino} ${size}`

async function readModelFile(path: string): Promise<ModelFile> {
  const parts = partsOf(path)
  const heads: ModelFileHead[] = []
  for (const part of parts) heads.push(await readPart(part, parts))
  const { mtimeMs } = await stat(path)
  const stats = await Promise.all(parts.map((part) => stat(part)))
  const headers = heads.map(({ header }) => header)
  const [first] = headers
  if (first === undefined || heads[0]?.role === 'projector')
    throw new HeaderProblem('companion', 'it is the image reader of another model, and no model by itself')
  if (heads[0]?.role === 'adapter')
    throw new HeaderProblem('companion', 'it is a LoRA adapter, and no model by itself; name it as `lora` of its model')
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const layout = joinLayouts(headers.flatMap(({ layout }) => (layout ? [layout] : [])))
  const header: ModelHeader = {
    ...first,
    tensorBytes: sum(headers.map(({ tensorBytes }) => tensorBytes)),
    ...(parts.length > 1 && { parameterCount: sum(headers.map(({ parameterCount = 0 }) => parameterCount)) }),
    ...(layout && { layout }),
  }
  const fileBytes = sum(stats.map(({ size }) => size))
  return { path, fileBytes, createdSeconds: Math.floor(mtimeMs / 1000), header }
}

async function readPart(part: string, parts: readonly string[]): Promise<ModelFileHead> {
  try {
    return await readModelFileHead(part)
  } catch (error) {
    if (parts.length === 1 || !(error instanceof HeaderProblem)) throw error
    const number = parts.indexOf(part) + 1
    throw new HeaderProblem(
      number > 1 && error.reason === 'missing' ? 'truncated' : error.reason,
      `part ${number} of ${parts.length} (${basename(part)}): ${error.message}`,
    )
  }
}

function toProblem(error: unknown): HeaderProblem {
  if (error instanceof HeaderProblem) return error
  return new HeaderProblem('unreadable', `it cannot be read (${(error as Error).message})`, { cause: error })
}
