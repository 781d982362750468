import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { emptySeal } from './contents.ts'
import { fill } from './find-bytes.ts'

const chunkBytes = 4 * 1024 * 1024

/** The checksum of a whole executable as its seal would say it: in hexadecimal. */
export async function computeSeal(file: FileHandle, sealAt: number): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const empty = Buffer.from(emptySeal)
  for (let start = 0; ; start += chunkBytes) {
    const filled = await fill(file, buffer, start)
    for (const [index, letter] of empty.entries()) {
      const at = sealAt + index - start
      if (at >= 0 && at < filled) buffer[at] = letter
    }
    hash.update(buffer.subarray(0, filled))
    if (filled < chunkBytes) return hash.digest('hex')
  }
}
