import { randomBytes } from 'node:crypto'
import process from 'node:process'

const processors: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }

/** A library for Linux of a name, with that many bytes of nothing behind its headers. */
export function tinyLibrary(name: string, bytes = 0, processor: string = process.arch): Buffer {
  const head = Buffer.alloc(64 + 2 * 56)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(3, 16)
  head.writeUInt16LE(processors[processor] ?? 0, 18)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(2, 56)
  const strings = Buffer.from(`\0${name}\0`)
  const dynamic = numbers([5n, 0x1000n + BigInt(head.length), 14n, 1n, 0n, 0n])
  const whole = head.length + strings.length + dynamic.length
  segment(head, 64, [1, 0, 0x1000, whole])
  segment(head, 64 + 56, [2, head.length + strings.length, 0x1000 + head.length + strings.length, dynamic.length])
  return Buffer.concat([head, strings, dynamic, randomBytes(bytes)])
}

function numbers(all: readonly bigint[]): Buffer {
  const buffer = Buffer.alloc(all.length * 8)
  for (const [index, each] of all.entries()) buffer.writeBigUInt64LE(each, index * 8)
  return buffer
}

function segment(head: Buffer, at: number, [type, offset, address, bytes]: readonly [number, number, number, number]) {
  head.writeUInt32LE(type, at)
  for (const [index, each] of [offset, address, address, bytes, bytes].entries())
    head.writeBigUInt64LE(BigInt(each), at + 8 + index * 8)
}
