import type { ExecutableFormat } from './executable-format.ts'

const processors: Readonly<Record<number, string>> = { 34404: 'x64', 43620: 'arm64' }

/** Of a header for 64 bits; after it the optional header has its directories, the fifth of which is the signature. */
const optionalMagic = 0x20b
const signatureEntry = 112 + 4 * 8

/** Reads the headers of a program for Windows; undefined where it is none. Throws `RangeError` where they are cut. */
export function readPortableExecutable(head: Buffer): ExecutableFormat | undefined {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const start = head.readUInt32LE(60)
  if (head.readUInt32LE(start) !== 0x4550) return undefined
  const number = head.readUInt16LE(start + 4)
  const optional = start + 24
  if (head.readUInt16LE(optional) !== optionalMagic) return undefined
  const [at, bytes] = [head.readUInt32LE(optional + signatureEntry), head.readUInt32LE(optional + signatureEntry + 4)]
  return {
    name: 'PE',
    machine: `win32-${processors[number] ?? number}`,
    ...(bytes > 0 && { signature: { at, bytes } }),
  }
}
