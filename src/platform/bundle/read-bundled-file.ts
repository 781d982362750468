import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { CheckedFile } from './check-files.ts'
import { fill } from './find-bytes.ts'

const decompress = promisify(zstdDecompress)

/** The content of a file inside an executable, as `checkBundle` found it there. It is held in memory: for papers, not for libraries. */
export async function readBundledFile(executable: string, { name, at, compressed }: CheckedFile): Promise<Buffer> {
  if (at === undefined) throw new Error(`${name} is not whole in ${executable}`)
  const handle = await open(executable)
  try {
    const frame = Buffer.alloc(compressed.bytes)
    await fill(handle, frame, at)
    return await decompress(frame)
  } finally {
    await handle.close()
  }
}
