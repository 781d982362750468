import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises'

/** What is known of the remote file of which a part is here. */
export interface RemoteVersion {
  /** A strong ETag, or the Last-Modified date: what If-Range takes. Without it a part cannot be continued. */
  readonly validator?: string
  /** The sum that the hub gives for the file. */
  readonly sha256?: string
  readonly totalBytes?: number
}

/** A download that is not whole yet: `FILE.part`, with `FILE.part.json` beside it that says of what it is a part. */
export class PartFile {
  readonly path: string
  readonly #notePath: string

  constructor(finalPath: string) {
    this.path = `${finalPath}.part`
    this.#notePath = `${this.path}.json`
  }

  /** What an earlier attempt left, if it can be continued from; otherwise nothing is left. */
  async resume(url: string): Promise<{ readonly bytes: number; readonly version: RemoteVersion }> {
    const note = await readFile(this.#notePath, 'utf8').then(parseNote, () => undefined)
    const bytes = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    )
    if (bytes > 0 && note?.url === url && note.version.validator) return { bytes, version: note.version }
    await this.remove()
    return { bytes: 0, version: {} }
  }

  /** Starts anew: what was there is gone. */
  async begin(url: string, version: RemoteVersion): Promise<void> {
    await writeFile(this.path, '')
    await writeFile(this.#notePath, JSON.stringify({ url, version }))
  }

  /** Appends chunks as they come, and waits until the disk has them, also when the chunks end with an error. */
  async append(chunks: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<void> {
    const file = await open(this.path, 'a')
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk)
        onBytes(chunk.byteLength)
      }
    } finally {
      await file.sync()
      await file.close()
    }
  }

  async sha256(signal: AbortSignal): Promise<string> {
    return sha256Of(this.path, signal)
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true })
    await rm(this.#notePath, { force: true })
  }

  /** Only the note: the part itself has been moved to its final place. */
  async forget(): Promise<void> {
    await rm(this.#notePath, { force: true })
  }
}

/** The SHA-256 sum of a file, as 64 digits. */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal.throwIfAborted()
    hash.update(chunk as Uint8Array)
  }
  return hash.digest('hex')
}

interface Note {
  readonly url: string
  readonly version: RemoteVersion
}

function parseNote(text: string): Note | undefined {
  try {
    const note = JSON.parse(text) as Partial<Note> | null
    return typeof note?.url === 'string' && typeof note.version === 'object' ? (note as Note) : undefined
  } catch {
    return undefined
  }
}
