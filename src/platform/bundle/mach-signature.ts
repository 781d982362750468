import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { fill } from './find-bytes.ts'

const [superBlobMagic, directoryMagic] = [0xfade0cc0, 0xfade0c02]
const directorySlot = 0
const sha256Type = 2
/** More is no signature of one program. */
const mostBytes = 64 * 1024 * 1024

/** What a signature of Apple's kind says of the file that it lies in. */
export type SignatureCheck = 'whole' | 'unreadable' | { readonly damagedAt: number }

/** What stands in a signature: the checksum of each page of the file. */
interface CodeDirectory {
  /** What lies before the signature. */
  readonly limit: number
  readonly pageBytes: number
  readonly hashes: readonly Buffer[]
}

/** Where a signature lies. */
interface SignaturePlace {
  readonly at: number
  readonly bytes: number
  /** Of the file, in bytes. */
  readonly size: number
}

/**
 * Compares every page of a program for macOS with the checksum that its signature has for it: all that stands before the signature, which
 * is the last of the file. It tells whether the file is as it was signed, not by whom.
 */
export async function checkSignature(file: FileHandle, { at, bytes, size }: SignaturePlace): Promise<SignatureCheck> {
  const directory = bytes <= mostBytes ? await readDirectory(file, { at, bytes }) : undefined
  if (!directory) return 'unreadable'
  const { limit, pageBytes, hashes } = directory
  if (limit !== at || hashes.length !== Math.ceil(limit / pageBytes)) return 'unreadable'
  const page = Buffer.alloc(pageBytes)
  for (const [index, wanted] of hashes.entries()) {
    const start = index * pageBytes
    const part = page.subarray(0, Math.min(pageBytes, limit - start))
    const filled = await fill(file, part, start)
    if (filled < part.length || !createHash('sha256').update(part).digest().equals(wanted)) return { damagedAt: start }
  }
  return size > at + bytes ? { damagedAt: at + bytes } : 'whole'
}

async function readDirectory(
  file: FileHandle,
  { at, bytes }: Omit<SignaturePlace, 'size'>,
): Promise<CodeDirectory | undefined> {
  const blob = Buffer.alloc(bytes)
  if ((await fill(file, blob, at)) < bytes) return undefined
  try {
    return parseDirectory(blob)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Its numbers have their greatest byte first, whatever the processor. */
function parseDirectory(blob: Buffer): CodeDirectory | undefined {
  if (blob.readUInt32BE(0) !== superBlobMagic) return undefined
  const entries = Array.from({ length: Math.min(blob.readUInt32BE(8), 16) }, (_, index) => 12 + index * 8)
  const entry = entries.find((each) => blob.readUInt32BE(each) === directorySlot)
  if (entry === undefined) return undefined
  const directory = blob.subarray(blob.readUInt32BE(entry + 4))
  if (directory.readUInt32BE(0) !== directoryMagic) return undefined
  const [hashAt, count, limit] = [16, 28, 32].map((offset) => directory.readUInt32BE(offset)) as [
    number,
    number,
    number,
  ]
  const [hashBytes, hashType, pageShift] = [36, 37, 39].map((offset) => directory.readUInt8(offset)) as [
    number,
    number,
    number,
  ]
  if (hashType !== sha256Type || hashBytes !== 32 || pageShift < 10 || pageShift > 24) return undefined
  if (hashAt + count * hashBytes > directory.length) return undefined
  const hashes = Array.from({ length: count }, (_, index) => {
    const start = hashAt + index * hashBytes
    return directory.subarray(start, start + hashBytes)
  })
  return { limit, pageBytes: 2 ** pageShift, hashes }
}
