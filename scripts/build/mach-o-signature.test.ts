import { expect, test } from 'bun:test'
import { signAdHoc, unsignedPages } from './mach-o-signature.ts'

const pageBytes = 4096

/** A program of some pages, with a foreign signature of 100 bytes at its end. */
function program({ bytes = 3 * pageBytes + 1000, withSignature = true } = {}): Buffer {
  const file = Buffer.alloc(bytes + 100, 7)
  const commands = Buffer.alloc(72 * 2 + 16)
  const segment = (at: number, name: string, [offset, size]: [number, number]) => {
    commands.writeUInt32LE(0x19, at)
    commands.writeUInt32LE(72, at + 4)
    commands.write(name, at + 8)
    commands.writeBigUInt64LE(BigInt(size), at + 32)
    commands.writeBigUInt64LE(BigInt(offset), at + 40)
    commands.writeBigUInt64LE(BigInt(size), at + 48)
  }
  segment(0, '__TEXT', [0, 2 * pageBytes])
  segment(72, '__LINKEDIT', [2 * pageBytes, bytes + 100 - 2 * pageBytes])
  for (const [index, value] of [0x1d, 16, bytes, 100].entries()) commands.writeUInt32LE(value, 144 + 4 * index)
  file.fill(0, 0, 32)
  file.writeUInt32LE(0xfeedfacf, 0)
  file.writeUInt32LE(withSignature ? 3 : 2, 16)
  commands.copy(file, 32)
  return file
}

test('signs every page as it is in the end, whatever the signature was before', () => {
  const signed = signAdHoc(program(), 'hearth')
  expect(unsignedPages(signed)).toBe(0)
  expect(signAdHoc(signed, 'hearth').equals(signed)).toBe(true)
  for (const place of [100, pageBytes, 3 * pageBytes + 999]) {
    const changed = Buffer.from(signed)
    changed[place] = (changed[place] as number) ^ 1
    expect(unsignedPages(changed)).toBe(1)
  }
})

test('says what macOS looks at: the limit, ad hoc, the program, its name, and where the file ends', () => {
  const signed = signAdHoc(program(), 'hearth')
  const offset = signed.readUInt32LE(32 + 144 + 8)
  const directory = signed.subarray(offset + 20)
  expect(offset + signed.readUInt32LE(32 + 144 + 12)).toBe(signed.byteLength)
  expect(signed.readUInt32BE(offset)).toBe(0xfade0cc0)
  expect(signed.readUInt32BE(offset + 4)).toBe(signed.byteLength - offset)
  expect(directory.readUInt32BE(12)).toBe(2)
  expect(directory.readUInt32BE(28)).toBe(4)
  expect(directory.readUInt32BE(32)).toBe(offset)
  expect(directory.readBigUInt64BE(72)).toBe(BigInt(2 * pageBytes))
  expect(directory.toString('latin1', 88, 95)).toBe('hearth\0')
  const [linkEdit, size] = [signed.readBigUInt64LE(32 + 72 + 40), signed.readBigUInt64LE(32 + 72 + 48)]
  expect(linkEdit + size).toBe(BigInt(signed.byteLength))
  expect(signed.readBigUInt64LE(32 + 72 + 32)).toBeGreaterThanOrEqual(size)
})

test('refuses what is no program for macOS, or has no place for a signature', () => {
  expect(() => signAdHoc(Buffer.from('\x7fELF'.padEnd(100)), 'hearth')).toThrow('no 64-bit Mach-O')
  expect(() => signAdHoc(Buffer.alloc(8), 'hearth')).toThrow('no 64-bit Mach-O')
  expect(() => signAdHoc(program({ withSignature: false }), 'hearth')).toThrow('no place')
})
