import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type { BundledFile } from './contents.ts'
import { fill } from './find-bytes.ts'

const chunkBytes = 1024 * 1024

/** Of what is unpacked. With the 16 KB that are usual it takes more than twice the time. */
const unpackedChunkBytes = 256 * 1024

/** Whether the file that begins at a place of an executable is the one that was put there, compressed and unpacked. */
export async function isWhole(file: FileHandle, at: number, wanted: BundledFile): Promise<boolean> {
  const { compressed, bytes, sha256 } = wanted
  if ((await hashOf(chunksFrom(file, at, compressed.bytes))).sha256 !== compressed.sha256) return false
  const unpacked = await hashUnpacked(chunksFrom(file, at, compressed.bytes), bytes)
  return unpacked?.bytes === bytes && unpacked.sha256 === sha256
}

/** Never more of it than `mostBytes` and a chunk: a list that lies costs no time. Undefined: it is not Zstandard. */
async function hashUnpacked(source: AsyncIterable<Buffer>, mostBytes: number): Promise<Hashed | undefined> {
  try {
    let result: Hashed | undefined
    await pipeline(
      source,
      createZstdDecompress({ chunkSize: unpackedChunkBytes }),
      async (unpacked: AsyncIterable<Buffer>) => {
        result = await hashOf(unpacked, mostBytes)
      },
    )
    return result
  } catch {
    return undefined
  }
}

interface Hashed {
  readonly bytes: number
  readonly sha256: string
}

async function hashOf(source: AsyncIterable<Buffer>, mostBytes = Number.POSITIVE_INFINITY): Promise<Hashed> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) break
    hash.update(chunk)
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function* chunksFrom(file: FileHandle, at: number, bytes: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < bytes; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, bytes - done))
    const filled = await fill(file, chunk, at + done)
    if (filled > 0) yield chunk.subarray(0, filled)
    if (filled < chunk.byteLength) return
    done += filled
  }
}
