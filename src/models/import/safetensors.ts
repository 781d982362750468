import type { FileHandle } from 'node:fs/promises'
import type { JsonObject, ModelFolder } from './model-folder.ts'

/** One tensor of a safetensors file. */
export interface StoredTensor {
  readonly type: 'F32' | 'F16' | 'BF16' | (string & {})
  /** Slowest first. */
  readonly shape: readonly number[]
  /** Where its bytes are in the file. */
  readonly start: number
  readonly bytes: number
}

const HEAD_LIMIT_BYTES = 100 * 1024 * 1024
const elementBytes: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 }

/**
 * Reads the head of an open safetensors file: its tensors by name, every one of them within the file. Throws
 * `model_import_failed`. Format: https://huggingface.co/docs/safetensors
 */
export async function readTensorList(folder: ModelFolder, file: FileHandle): Promise<Map<string, StoredTensor>> {
  const { size } = await file.stat()
  const length = size < 8 ? 0 : Number((await readBytes(file, 0, 8)).getBigUint64(0, true))
  if (length < 2 || length > size - 8 || length > HEAD_LIMIT_BYTES)
    throw folder.problem(`model.safetensors is no safetensors file: its head claims ${length} of ${size} bytes`)
  const head = parseHead(folder, await readBytes(file, 8, length))
  const tensors = new Map<string, StoredTensor>()
  for (const [name, row] of Object.entries(head)) {
    if (name !== '__metadata__') tensors.set(name, toTensor(folder, name, { row, base: 8 + length, size }))
  }
  return tensors
}

/** The numbers of a tensor, as 32-bit floats. */
export async function readFloats(file: FileHandle, tensor: StoredTensor): Promise<Float32Array> {
  const view = await readBytes(file, tensor.start, tensor.bytes)
  const count = tensor.bytes / (elementBytes[tensor.type] ?? 1)
  const floats = new Float32Array(count)
  switch (tensor.type) {
    case 'F32':
      for (let index = 0; index < count; index++) floats[index] = view.getFloat32(index * 4, true)
      break
    case 'F16':
      floats.set(new Float16Array(view.buffer, view.byteOffset, count))
      break
    case 'BF16': {
      const bits = new Uint32Array(floats.buffer)
      for (let index = 0; index < count; index++) bits[index] = view.getUint16(index * 2, true) << 16
    }
  }
  return floats
}

function parseHead(folder: ModelFolder, view: DataView): JsonObject {
  try {
    const head = JSON.parse(new TextDecoder().decode(view))
    if (typeof head === 'object' && head !== null) return head
  } catch (error) {
    throw folder.problem('model.safetensors is no safetensors file: its head is not JSON', error)
  }
  throw folder.problem('model.safetensors is no safetensors file: its head is no object')
}

interface Row {
  readonly row: unknown
  readonly base: number
  readonly size: number
}

function toTensor(folder: ModelFolder, name: string, { row, base, size }: Row): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (row ?? {}) as Partial<Record<string, unknown>>
  if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2)
    throw folder.problem(`the tensor '${name}' in model.safetensors has no valid shape and data_offsets`)
  const [from = 0, to = 0] = offsets
  const type = String(dtype)
  const expected = elementBytes[type] && shape.reduce((product, side) => product * side, elementBytes[type])
  if (to < from || base + to > size)
    throw folder.problem(`model.safetensors is cut: the tensor '${name}' ends at ${base + to} of ${size} bytes`)
  if (expected !== undefined && expected !== to - from)
    throw folder.problem(`the tensor '${name}' in model.safetensors has ${to - from} bytes instead of ${expected}`)
  return { type, shape, start: base + from, bytes: to - from }
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => Number.isSafeInteger(number) && number >= 0)
}

async function readBytes(file: FileHandle, start: number, count: number): Promise<DataView> {
  const bytes = new Uint8Array(count)
  for (let filled = 0; filled < count; ) {
    const { bytesRead } = await file.read(bytes, filled, count - filled, start + filled)
    if (bytesRead === 0) throw new RangeError(`The file ends before byte ${start + count}.`)
    filled += bytesRead
  }
  return new DataView(bytes.buffer)
}
