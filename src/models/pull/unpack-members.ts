import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { requireSpace } from './free-space.ts'
import { SourceProblem } from './source-problem.ts'
import { watchChunks } from './watch-chunks.ts'

export interface UnpackCall {
  /** A wheel, which is a zip file. */
  readonly archive: string
  /** A file in it, or a folder with everything under it. */
  readonly member: string
  /** Where the members go; files keep their paths relative to `member`, and a single file its name. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onBytes: (doneBytes: number, totalBytes: number) => void
}

/**
 * Unpacks a member. Resolves with the paths of the unpacked files. Throws `SourceProblem` when there is no such member
 * or the archive is damaged, and the signal's reason once it aborts. Names that would lead out of the folder are refused.
 */
export async function unpackMembers(call: UnpackCall): Promise<readonly string[]> {
  const archive = await openPromise(call.archive, { autoClose: false }).catch((error: Error) => {
    throw new SourceProblem(`the package is no zip file (${error.message})`, undefined, { cause: error })
  })
  try {
    const entries = await listEntries(archive, call)
    const totalBytes = entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0)
    await requireSpace(call.folder, totalBytes)
    let done = 0
    for (const { entry, path } of entries) {
      await unpack(archive, entry, {
        path,
        signal: call.signal,
        onBytes: (bytes) => {
          done += bytes
          call.onBytes(done, totalBytes)
        },
      })
    }
    return entries.map(({ path }) => path)
  } catch (error) {
    call.signal.throwIfAborted()
    if (error instanceof SourceProblem) throw error
    throw new SourceProblem(`the package is damaged (${(error as Error).message})`, undefined, { cause: error })
  } finally {
    archive.close()
  }
}

interface Member {
  readonly entry: Entry
  readonly path: string
}

async function listEntries(archive: ZipFile, { member, folder }: UnpackCall): Promise<readonly Member[]> {
  const name = member.replace(/\/+$/, '')
  const found: Member[] = []
  // yauzl itself refuses absolute names and names with `..`.
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue
    if (entry.fileName === name) found.push({ entry, path: join(folder, name.split('/').at(-1) ?? name) })
    if (entry.fileName.startsWith(`${name}/`))
      found.push({ entry, path: join(folder, entry.fileName.slice(name.length + 1)) })
  }
  if (found.length === 0) throw new SourceProblem(`the package has no member '${member}'`)
  return found
}

interface Target {
  readonly path: string
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

async function unpack(archive: ZipFile, entry: Entry, { path, signal, onBytes }: Target): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const count = watchChunks((chunk) => onBytes(chunk.byteLength))
  await pipeline(await archive.openReadStreamPromise(entry), count, createWriteStream(path, { flush: true }), {
    signal,
  })
}
