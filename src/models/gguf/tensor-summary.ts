import type { ByteCursor } from './byte-cursor.ts'
import { HeaderProblem } from './header-problem.ts'
import { tensorTypes } from './tensor-types.ts'

/** What the list of tensors comes to. */
export interface TensorSummary {
  readonly parameterCount: number
  /** Bytes of all tensors whose type is known. */
  readonly tensorBytes: number
  /** Where the last tensor ends, counted from the start of the tensor data. */
  readonly endOffset: number
  /** The name of the type that takes the most bytes; absent without tensors. */
  readonly commonType?: string
  /** Of the table of the tokens, and of the projection onto the vocabulary. */
  readonly embeddingBytes: number
  readonly embeddingType?: string
  readonly outputBytes: number
  /** By type: of the matrices, without the table of the tokens, whose rows come in multiples of four. */
  readonly matrixBytes: Readonly<Record<string, number>>
}

const NAME_LIMIT_BYTES = 64 * 1024
const DIMENSION_LIMIT = 4

/** Reads the descriptions of `count` tensors; the cursor stands behind them afterwards. Throws `HeaderProblem`. */
export async function readTensorSummary(cursor: ByteCursor, count: number): Promise<TensorSummary> {
  const bytesByType = new Map<string, number>()
  const matrixBytes = new Map<string, number>()
  const named = new Map<string, { readonly bytes: number; readonly type: string }>()
  let parameterCount = 0
  let tensorBytes = 0
  let endOffset = 0
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(cursor)
    parameterCount += tensor.elements
    tensorBytes += tensor.bytes
    endOffset = Math.max(endOffset, tensor.offset + tensor.bytes)
    add(bytesByType, tensor.type, tensor.bytes)
    if (kept.has(tensor.name)) named.set(tensor.name, tensor)
    if (tensor.isMatrix && tensor.name !== embedding) add(matrixBytes, tensor.type, tensor.bytes)
  }
  const table = named.get(embedding)
  const [common] = [...bytesByType].sort(([, left], [, right]) => right - left)
  return {
    parameterCount,
    tensorBytes,
    endOffset,
    ...(common && { commonType: common[0] }),
    embeddingBytes: named.get(embedding)?.bytes ?? 0,
    ...(table && { embeddingType: table.type }),
    outputBytes: named.get(output)?.bytes ?? 0,
    matrixBytes: Object.fromEntries(matrixBytes),
  }
}

const embedding = 'token_embd.weight'
const output = 'output.weight'
const kept: ReadonlySet<string> = new Set([embedding, output])

const add = (sums: Map<string, number>, name: string, bytes: number) => sums.set(name, (sums.get(name) ?? 0) + bytes)

async function readTensor(cursor: ByteCursor) {
  const name = await cursor.string(NAME_LIMIT_BYTES)
  const dimensions = await cursor.uint32()
  if (dimensions > DIMENSION_LIMIT)
    throw new HeaderProblem('damaged', `the tensor '${name}' claims ${dimensions} dimensions`)
  let elements = 1
  let rows = 0
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const size = await cursor.uint64()
    elements *= size
    if (dimension === 1) rows = size
  }
  if (!Number.isSafeInteger(elements))
    throw new HeaderProblem('damaged', `the tensor '${name}' claims ${elements} numbers`)
  const typeNumber = await cursor.uint32()
  const offset = await cursor.uint64()
  // A type that is newer than the table is llama.cpp's to judge; of its tensors only the start can be checked.
  const type = tensorTypes.get(typeNumber) ?? { name: `type ${typeNumber}`, blockSize: 1, blockBytes: 0 }
  const bytes = Math.ceil(elements / type.blockSize) * type.blockBytes
  return { name, type: type.name, elements, offset, bytes, isMatrix: rows > 1 && rows % 4 === 0 }
}
