/** The types in which tensors can be written. */
export type TensorEncoding = 'F32' | 'F16' | 'Q8_0'

const BLOCK = 32
const BLOCK_BYTES = 34

/** The little-endian bytes of numbers in the given type. For `Q8_0` their count must be a multiple of 32. */
export function encodeTensor(floats: Float32Array, encoding: TensorEncoding): Uint8Array {
  if (encoding === 'F32') return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
  if (encoding === 'F16') return new Uint8Array(new Float16Array(floats).buffer)
  return encodeBlocks(floats)
}

/** As `quantize_row_q8_0_ref` in llama.cpp: blocks of 32 with one 16-bit scale, rounded to the nearest, half away from zero. */
function encodeBlocks(floats: Float32Array): Uint8Array {
  const blocks = floats.length / BLOCK
  if (!Number.isInteger(blocks)) throw new RangeError(`${floats.length} numbers are no multiple of ${BLOCK}.`)
  const bytes = new Uint8Array(blocks * BLOCK_BYTES)
  const view = new DataView(bytes.buffer)
  const numbers = new Int8Array(bytes.buffer)
  for (let block = 0; block < blocks; block++) {
    const start = block * BLOCK
    let largest = 0
    for (let index = start; index < start + BLOCK; index++) largest = Math.max(largest, Math.abs(floats[index] ?? 0))
    const scale = Math.fround(largest / 127)
    const inverse = scale > 0 ? Math.fround(1 / scale) : 0
    const target = block * BLOCK_BYTES
    view.setFloat16(target, scale, true)
    for (let index = 0; index < BLOCK; index++) {
      const value = Math.fround((floats[start + index] ?? 0) * inverse)
      numbers[target + 2 + index] = value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5)
    }
  }
  return bytes
}
