import { readFileSync, writeFileSync } from 'node:fs'
import { encodeTensor } from '../../src/models/import/encode-tensor.ts'

/** Where the parts of a GGUF file are, in bytes from its beginning. */
interface GgufParts {
  readonly file: Buffer
  /** By key: where the value begins. */
  readonly values: ReadonlyMap<string, number>
  readonly valuesEnd: number
  readonly tensors: readonly { readonly name: string; readonly info: Buffer; readonly data: Buffer }[]
  readonly pairCount: bigint
}

/** Bytes of one value, by the type's number; strings (8) and arrays (9) are not among them. */
const valueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
const alignment = 32
const padded = (bytes: number) => Math.ceil(bytes / alignment) * alignment

/** Takes a small, healthy file apart. For making test files only: it trusts what it reads. */
function takeApart(path: string): GgufParts {
  const file = readFileSync(path)
  let at = 8
  const uint32 = () => {
    at += 4
    return file.readUInt32LE(at - 4)
  }
  const uint64 = () => {
    at += 8
    return file.readBigUInt64LE(at - 8)
  }
  const string = () => {
    const length = Number(uint64())
    at += length
    return file.toString('utf8', at - length, at)
  }
  const skipValue = (type: number): void => {
    if (type === 8) string()
    else if (type !== 9) at += valueBytes[type] ?? 0
    else for (let inner = uint32(), left = Number(uint64()); left > 0; left--) skipValue(inner)
  }
  const tensorCount = Number(uint64())
  const pairCount = uint64()
  const values = new Map<string, number>()
  for (let pair = 0n; pair < pairCount; pair++) {
    const key = string()
    const type = uint32()
    values.set(key, at)
    skipValue(type)
  }
  const valuesEnd = at
  const infos = Array.from({ length: tensorCount }, () => {
    const name = string()
    const start = at
    at += 4 + 8 * file.readUInt32LE(at) + 4
    const info = file.subarray(start, at)
    return { name, info, offset: Number(uint64()) }
  })
  const data = file.subarray(padded(at))
  const tensors = infos.map(({ name, info, offset }, index) => ({
    name,
    info,
    data: data.subarray(offset, infos[index + 1]?.offset ?? data.length),
  }))
  return { file, values, valuesEnd, tensors, pairCount }
}

/**
 * Writes a model with `times` the layers, the added ones silent: it answers exactly as its source does and costs about
 * so many times as much, and the source is a draft model for it that always agrees.
 */
export function writePadded(source: string, target: string, times: number): void {
  const { file, values, valuesEnd, tensors, pairCount } = takeApart(source)
  const head = Buffer.from(file.subarray(0, valuesEnd))
  const blockCount = values.get('llama.block_count') ?? 0
  const layers = head.readUInt32LE(blockCount)
  head.writeUInt32LE(layers * times, blockCount)
  const blocks = tensors.filter(({ name }) => name.startsWith('blk.'))
  const copies = Array.from({ length: times - 1 }, (_, copy) =>
    blocks.map(({ name, info, data }) => {
      const [, index = '', rest = ''] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? []
      const isSilent = rest === 'attn_output.weight' || rest === 'ffn_down.weight'
      return {
        name: `blk.${Number(index) + (copy + 1) * layers}.${rest}`,
        info,
        data: isSilent ? Buffer.alloc(data.length) : data,
      }
    }),
  )
  const all = [...tensors, ...copies.flat()]
  head.writeBigUInt64LE(BigInt(all.length), 8)
  head.writeBigUInt64LE(pairCount, 16)
  writeFileSync(target, Buffer.concat([head, ...joinTensors(all, head.length)]))
}

/** A value to put into a head, over one of that key or new: a 32-bit number, or texts. */
export type HeadValue = number | readonly string[]

interface Additions {
  readonly values: Readonly<Record<string, HeadValue>>
  /** Tensors of 32-bit floats, their sizes fastest first. */
  readonly tensors?: readonly {
    readonly name: string
    readonly sizes: readonly number[]
    readonly data: Float32Array
  }[]
}

/** Writes a copy that says and has more than its source. A number that the source has already is put in its place. */
export function writeWith(source: string, target: string, additions: Additions): void {
  const { file, values, valuesEnd, tensors, pairCount } = takeApart(source)
  const head = Buffer.from(file.subarray(0, valuesEnd))
  const added: Buffer[] = []
  for (const [key, value] of Object.entries(additions.values)) {
    const known = values.get(key)
    if (known !== undefined && typeof value === 'number') head.writeUInt32LE(value, known)
    else added.push(string(key), ...(typeof value === 'number' ? [uint32(4), uint32(value)] : [textList(value)]))
  }
  const more = (additions.tensors ?? []).map(({ name, sizes, data }) => ({
    name,
    info: Buffer.concat([uint32(sizes.length), ...sizes.map((size) => uint64(size)), uint32(0)]),
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  }))
  const all = [...tensors, ...more]
  head.writeBigUInt64LE(BigInt(all.length), 8)
  const newKeys = Object.keys(additions.values).filter((key) => !values.has(key)).length
  head.writeBigUInt64LE(pairCount + BigInt(newKeys), 16)
  const whole = Buffer.concat([head, ...added])
  writeFileSync(target, Buffer.concat([whole, ...joinTensors(all, whole.length)]))
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const string = (text: string) => Buffer.concat([uint64(Buffer.byteLength(text)), Buffer.from(text)])
const textList = (texts: readonly string[]) =>
  Buffer.concat([uint32(9), uint32(8), uint64(texts.length), ...texts.map(string)])

function joinTensors(tensors: GgufParts['tensors'], headBytes: number): Buffer[] {
  let offset = 0
  const infos = tensors.map(({ name, info, data }) => {
    const bytes = Buffer.from(name)
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(bytes.length))
    const place = Buffer.alloc(8)
    place.writeBigUInt64LE(BigInt(offset))
    offset += padded(data.length)
    return Buffer.concat([length, bytes, info, place])
  })
  const end = headBytes + infos.reduce((sum, info) => sum + info.length, 0)
  const filled = tensors.flatMap(({ data }) => [data, Buffer.alloc(padded(data.length) - data.length)])
  return [...infos, Buffer.alloc(padded(end) - end), ...filled]
}

/** Writes a copy whose unused tokens claim to be bytes: llama.cpp aborts the whole process while it loads the file. */
export function writeBroken(source: string, target: string): void {
  const { file, values } = takeApart(source)
  const start = values.get('tokenizer.ggml.token_type') ?? 0
  const count = Number(file.readBigUInt64LE(start + 4))
  const [unused, byte] = [5, 6]
  for (let at = start + 12; at < start + 12 + 4 * count; at += 4)
    if (file.readInt32LE(at) === unused) file.writeInt32LE(byte, at)
  writeFileSync(target, file)
}

/** `enum ggml_type`: with 32 numbers a block, and the bytes of one. */
const quantised: Readonly<Record<number, { readonly bytes: number; readonly read: (block: DataView) => number[] }>> = {
  // Q4_1: a scale, a least value, and then the first 16 numbers in the low halves of 16 bytes, the others in the high ones.
  3: {
    bytes: 20,
    read(block) {
      const [scale, least] = [block.getFloat16(0, true), block.getFloat16(2, true)]
      return Array.from({ length: 32 }, (_, index) => {
        const pair = block.getUint8(4 + (index % 16))
        return Math.fround(Math.fround(scale * (index < 16 ? pair & 15 : pair >> 4)) + least)
      })
    },
  },
  // Q8_0: a scale, and 32 signed bytes.
  8: {
    bytes: 34,
    read: (block) =>
      Array.from({ length: 32 }, (_, index) => Math.fround(block.getFloat16(0, true) * block.getInt8(2 + index))),
  },
}

/**
 * Writes a copy whose Q4_1 and Q8_0 tensors are numbers of 16 bits: the kernels of different builds then agree far better,
 * since they round no activation to 8 bits.
 */
export function writeSixteenBit(source: string, target: string): void {
  const { file, values, valuesEnd, tensors } = takeApart(source)
  const head = Buffer.from(file.subarray(0, valuesEnd))
  const fileType = values.get('general.file_type')
  if (fileType !== undefined) head.writeUInt32LE(1, fileType)
  const wide = tensors.map((tensor) => {
    const type = quantised[tensor.info.readUInt32LE(tensor.info.length - 4)]
    if (!type) return tensor
    const info = Buffer.from(tensor.info)
    info.writeUInt32LE(1, info.length - 4)
    const dimensions = Array.from({ length: info.readUInt32LE(0) }, (_, each) =>
      Number(info.readBigUInt64LE(4 + 8 * each)),
    )
    const floats = new Float32Array(dimensions.reduce((product, size) => product * size, 1))
    for (let at = 0; at < floats.length; at += 32) {
      const block = new DataView(tensor.data.buffer, tensor.data.byteOffset + (at / 32) * type.bytes, type.bytes)
      floats.set(type.read(block), at)
    }
    return { ...tensor, info, data: Buffer.from(encodeTensor(floats, 'F16')) }
  })
  writeFileSync(target, Buffer.concat([head, ...joinTensors(wide, head.length)]))
}

/** Writes a copy whose F16 matrices are Q4_0, roughly: a type that processors with vector units want in another order. */
export function writeQuarters(source: string, target: string): void {
  const { file, valuesEnd, tensors } = takeApart(source)
  const small = tensors.map((tensor) => {
    if (tensor.info.readUInt32LE(tensor.info.length - 4) !== 1) return tensor
    const info = Buffer.from(tensor.info)
    info.writeUInt32LE(2, info.length - 4)
    const floats = new Float16Array(new Uint8Array(tensor.data).buffer)
    return { ...tensor, info, data: toQuarters(floats) }
  })
  const head = file.subarray(0, valuesEnd)
  writeFileSync(target, Buffer.concat([head, ...joinTensors(small, head.length)]))
}

/** Q4_0: a scale, and 32 numbers from -8 to 7, the first 16 of them in the low halves of 16 bytes. */
function toQuarters(floats: Float16Array): Buffer {
  const blocks = Math.floor(floats.length / 32)
  const bytes = Buffer.alloc(blocks * 18)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let block = 0; block < blocks; block++) {
    let largest = 0
    for (let index = 0; index < 32; index++) largest = Math.max(largest, Math.abs(floats[block * 32 + index] ?? 0))
    const scale = largest / 7
    view.setFloat16(block * 18, scale, true)
    const quarter = (index: number) =>
      scale === 0 ? 8 : Math.max(0, Math.min(15, Math.round((floats[block * 32 + index] ?? 0) / scale) + 8))
    for (let index = 0; index < 16; index++) bytes[block * 18 + 2 + index] = quarter(index) | (quarter(index + 16) << 4)
  }
  return bytes
}
