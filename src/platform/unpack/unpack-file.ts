import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type { EmbeddedFile } from '../embedded-libraries.ts'

/** The rights of what is made. */
export interface Modes {
  readonly folder: number
  readonly file: number
  readonly stamp: number
}

/** For the user alone. */
export const privateModes: Modes = { folder: 0o700, file: 0o500, stamp: 0o600 }

/** For all users to read: what is unpacked is no secret. */
export const sharedModes: Modes = { folder: 0o755, file: 0o555, stamp: 0o644 }

/** What the executable carries is not what was built into it. */
export class DamagedExecutable extends Error {}

/** Of what is unpacked. With the 16 KB that are usual it takes more than twice the time. */
const chunkBytes = 256 * 1024

/**
 * Unpacks one file to `target`, which must not be there, a chunk at a time: the largest has hundreds of megabytes. Its
 * folder is made. Rejects with `DamagedExecutable` where the content is not what was built in, and with the system's
 * errors; some of the file may be there then.
 */
export async function unpackFile(file: EmbeddedFile, target: string, modes: Modes = privateModes): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: modes.folder })
  const handle = await open(target, 'wx', modes.file)
  let problem: unknown
  try {
    await pipeline(
      // What lies inside of an executable can be read as a whole or as a blob only.
      (await openAsBlob(file.path)).stream(),
      createZstdDecompress({ chunkSize: chunkBytes }),
      (chunks: AsyncIterable<Uint8Array>) =>
        writeChecked({ file, chunks, handle }).catch((error: unknown) => {
          problem = error
          throw error
        }),
    )
  } catch (error) {
    // Deno tells that a pipeline was given up, and not why.
    const cause = problem ?? error
    throw isOfZstandard(cause) ? new DamagedExecutable(`${file.name} cannot be decompressed`, { cause }) : cause
  } finally {
    await handle.close()
  }
}

interface CheckedWrite {
  readonly file: EmbeddedFile
  readonly chunks: AsyncIterable<Uint8Array>
  readonly handle: FileHandle
}

async function writeChecked({ file, chunks, handle }: CheckedWrite): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > file.bytes) break
    // While the one is written the other is summed up.
    const written = writeAll(handle, chunk)
    hash.update(chunk)
    await written
  }
  if (bytes !== file.bytes || hash.digest('hex') !== file.sha256)
    throw new DamagedExecutable(`${file.name} is not what was built in`)
}

/** On a disk that is nearly full less may be written than was given. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(chunk, done)
    // Some network file systems have no other word for it.
    if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' })
    done += bytesWritten
  }
}

function isOfZstandard(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return /^ZSTD_/.test(String(code)) || /^Zstd /.test(String(message))
}
