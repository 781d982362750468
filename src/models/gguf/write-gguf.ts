import { open } from 'node:fs/promises'
import { HeadBytes } from './head-bytes.ts'
import { tensorTypes } from './tensor-types.ts'

/** A value in the head of a GGUF file. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: readonly number[] }

/** A tensor to be written. Its bytes are asked for when it is its turn, so that one tensor at a time is in memory. */
export interface GgufTensor {
  readonly name: string
  readonly type: 'F32' | 'F16' | 'Q8_0'
  /** Fastest first: a matrix of R rows and C columns is [C, R]. */
  readonly dimensions: readonly number[]
  data(): Promise<Uint8Array>
}

export interface GgufContents {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: readonly GgufTensor[]
  readonly signal?: AbortSignal
  /** Called after each tensor with the bytes of tensors that are written, and those that there are. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

const ALIGNMENT = 32

/**
 * Writes a GGUF file (version 3, little-endian) to `path`, over what is there, and waits until the disk has it. When
 * the signal aborts it rejects with the signal's reason; a file that is not whole is the caller's to remove.
 */
export async function writeGguf(path: string, contents: GgufContents): Promise<void> {
  const sizes = contents.tensors.map(bytesOf)
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0)
  const file = await open(path, 'w')
  try {
    await file.writeFile(headOf(contents, sizes))
    let doneBytes = 0
    for (const [index, tensor] of contents.tensors.entries()) {
      contents.signal?.throwIfAborted()
      const size = sizes[index] ?? 0
      const data = await tensor.data()
      if (data.byteLength !== size)
        throw new RangeError(`The tensor '${tensor.name}' has ${data.byteLength} bytes instead of ${size}.`)
      await file.writeFile(data)
      await file.writeFile(new Uint8Array(padded(size) - size))
      doneBytes += size
      contents.onProgress?.(doneBytes, totalBytes)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

const numberOf = (name: GgufTensor['type']) => [...tensorTypes].find(([, type]) => type.name === name)?.[0] ?? 0

const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

function bytesOf(tensor: GgufTensor): number {
  const elements = tensor.dimensions.reduce((product, dimension) => product * dimension, 1)
  const type = tensorTypes.get(numberOf(tensor.type))
  return type ? (elements / type.blockSize) * type.blockBytes : 0
}

function headOf({ metadata, tensors }: GgufContents, sizes: readonly number[]): Uint8Array {
  const pairs = Object.entries(metadata)
  const head = new HeadBytes()
  head.uint32(0x46554747).uint32(3).uint64(tensors.length).uint64(pairs.length)
  for (const [key, value] of pairs) writeValue(head.string(key), value)
  let offset = 0
  for (const [index, tensor] of tensors.entries()) {
    head.string(tensor.name).uint32(tensor.dimensions.length)
    for (const dimension of tensor.dimensions) head.uint64(dimension)
    head.uint32(numberOf(tensor.type)).uint64(offset)
    offset += padded(sizes[index] ?? 0)
  }
  return head.finish(ALIGNMENT)
}

function writeValue(head: HeadBytes, { type, value }: GgufValue): void {
  switch (type) {
    case 'uint32':
      head.uint32(4).uint32(value)
      break
    case 'float32':
      head.uint32(6).float32(value)
      break
    case 'bool':
      head.uint32(7).uint8(value ? 1 : 0)
      break
    case 'string':
      head.uint32(8).string(value)
      break
    case 'strings':
      head.uint32(9).uint32(8).uint64(value.length)
      for (const text of value) head.string(text)
      break
    case 'int32s':
      head.uint32(9).uint32(5).uint64(value.length)
      for (const number of value) head.int32(number)
  }
}
