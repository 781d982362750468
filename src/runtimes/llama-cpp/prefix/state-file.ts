import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

/** What stands in a state file besides the keys and values. */
export interface StateFile {
  readonly tokens: readonly number[]
  readonly isDivisible: boolean
  /** Of the whole file. */
  readonly bytes: number
}

interface Seal {
  /** Of the model, the context and llama.cpp's version: a state fits nothing else. */
  readonly identity: string
  readonly isDivisible: boolean
}

/** As it stands at the end of the file. */
interface Trailer extends Seal {
  /** llama.cpp's part of the file. */
  readonly bytes: number
  /** CRC-32 of that part. Absent: nobody else can have changed it. */
  readonly sum?: number
}

/** `LLAMA_STATE_SEQ_MAGIC` and `LLAMA_STATE_SEQ_VERSION` of llama.h. */
const magic = 0x67677371
const version = 3
/** Magic, version, number of tokens. */
const headBytes = 12
/** The length of the trailer, and the mark that it is one of ours. */
const mark = Buffer.from('hearth-1')
const tailBytes = 4 + mark.length
const longestTrailer = 1024
const pieceBytes = 2 ** 22

/**
 * Completes a file that llama.cpp has written: a trailer, which llama.cpp does not read, says what it is of, and holds a
 * checksum if wanted, which takes as long as the writing. Throws what the file system throws.
 */
export function sealStateFile(path: string, seal: Seal, withSum: boolean): void {
  withFile(path, 'r+', (file, bytes) => {
    const trailer: Trailer = { ...seal, bytes, ...(withSum && { sum: sumOf(file, bytes) }) }
    const text = Buffer.from(JSON.stringify(trailer))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    const tail = Buffer.concat([text, length, mark])
    writeSync(file, tail, 0, tail.length, bytes)
  })
}

/**
 * Reads what a sealed file is of. `wholly`: checks the sum over all of it, too, as is needed before llama.cpp reads a file
 * that others may have changed: over some states it ends the process. Throws a plain error that says what is wrong.
 */
export function readStateFile(path: string, identity: string, wholly: boolean): StateFile {
  return withFile(path, 'r', (file, size) => {
    const trailer = readTrailer(file, size)
    if (trailer.identity !== identity) throw new Error('it is of another model or context')
    const head = read(file, 0, headBytes)
    if (head.readUInt32LE(0) !== magic || head.readUInt32LE(4) !== version)
      throw new Error('it is of another version of llama.cpp')
    const count = head.readUInt32LE(8)
    if (headBytes + 4 * count > trailer.bytes) throw new Error('it has more tokens than bytes')
    const tokens = read(file, headBytes, 4 * count)
    if (wholly && sumOf(file, trailer.bytes) !== trailer.sum) throw new Error('its checksum is wrong')
    return {
      tokens: Array.from({ length: count }, (_, index) => tokens.readUInt32LE(4 * index)),
      isDivisible: trailer.isDivisible,
      bytes: size,
    }
  })
}

function readTrailer(file: number, size: number): Trailer {
  const tail = size < tailBytes ? undefined : read(file, size - tailBytes, tailBytes)
  const length = tail?.subarray(4).equals(mark) ? tail.readUInt32LE(0) : 0
  const bytes = size - tailBytes - length
  if (length === 0 || length > longestTrailer || bytes < headBytes) throw new Error('it is not whole')
  const trailer = parse(read(file, bytes, length).toString())
  if (trailer?.bytes !== bytes) throw new Error('its trailer is wrong')
  return trailer
}

function parse(text: string): Trailer | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function sumOf(file: number, bytes: number): number {
  const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes))
  let sum = 0
  for (let at = 0; at < bytes; ) {
    const got = readSync(file, piece, 0, Math.min(piece.length, bytes - at), at)
    if (got === 0) throw new Error('it is not whole')
    sum = crc32(piece.subarray(0, got), sum)
    at += got
  }
  return sum
}

function read(file: number, at: number, bytes: number): Buffer {
  const piece = Buffer.alloc(bytes)
  if (readSync(file, piece, 0, bytes, at) !== bytes) throw new Error('it is not whole')
  return piece
}

function withFile<T>(path: string, flags: string, work: (file: number, size: number) => T): T {
  const file = openSync(path, flags)
  try {
    return work(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}
