import type { FileHandle } from 'node:fs/promises'

/** Where a sequence of bytes stands in a file, with what follows it there. */
export interface Place {
  /** Of its first byte, from the beginning of the file. */
  readonly at: number
  /** From there on: as many bytes as were asked for, or fewer at the end of the file. Valid until the next place. */
  readonly window: Buffer
}

const chunkBytes = 4 * 1024 * 1024

/** Every place of `wanted` in a file, with `windowBytes` bytes each. Holds some megabytes, however large the file is. */
export async function* placesOf(file: FileHandle, wanted: Buffer, windowBytes: number): AsyncGenerator<Place> {
  const buffer = Buffer.allocUnsafe(chunkBytes + windowBytes)
  for (let start = 0; ; start += chunkBytes) {
    const filled = await fill(file, buffer, start)
    const read = buffer.subarray(0, filled)
    for (let at = read.indexOf(wanted); at >= 0 && at < chunkBytes; at = read.indexOf(wanted, at + 1)) {
      yield { at: start + at, window: read.subarray(at, at + windowBytes) }
    }
    if (filled < buffer.byteLength) return
  }
}

/** Reads until the buffer is full or the file ends; answers how many bytes that were. */
export async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0
  while (filled < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}
