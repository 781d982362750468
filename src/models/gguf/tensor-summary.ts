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
}

const NAME_LIMIT_BYTES = 64 * 1024
const DIMENSION_LIMIT = 4

/** Reads the descriptions of `count` tensors; the cursor stands behind them afterwards. Throws `HeaderProblem`. */
export async function readTensorSummary(cursor: ByteCursor, count: number): Promise<TensorSummary> {
  const bytesByType = new Map<string, number>()
  let parameterCount = 0
  let tensorBytes = 0
  let endOffset = 0
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(cursor)
    parameterCount += tensor.elements
    tensorBytes += tensor.bytes
    endOffset = Math.max(endOffset, tensor.offset + tensor.bytes)
    bytesByType.set(tensor.type, (bytesByType.get(tensor.type) ?? 0) + tensor.bytes)
  }
  const [common] = [...bytesByType].sort(([, left], [, right]) => right - left)
  return { parameterCount, tensorBytes, endOffset, ...(common && { commonType: common[0] }) }
}

async function readTensor(cursor: ByteCursor) {
  const name = await cursor.string(NAME_LIMIT_BYTES)
  const dimensions = await cursor.uint32()
  if (dimensions > DIMENSION_LIMIT)
    throw new HeaderProblem('damaged', `the tensor '${name}' claims ${dimensions} dimensions`)
  let elements = 1
  for (let dimension = 0; dimension < dimensions; dimension++) elements *= await cursor.uint64()
  if (!Number.isSafeInteger(elements))
    throw new HeaderProblem('damaged', `the tensor '${name}' claims ${elements} numbers`)
  const typeNumber = await cursor.uint32()
  const offset = await cursor.uint64()
  // A type that is newer than the table is llama.cpp's to judge; of its tensors only the start can be checked.
  const type = tensorTypes.get(typeNumber) ?? { name: `type ${typeNumber}`, blockSize: 1, blockBytes: 0 }
  return { type: type.name, elements, offset, bytes: Math.ceil(elements / type.blockSize) * type.blockBytes }
}
