import { open, readFile, rm, stat } from 'node:fs/promises'
import { PartWriter } from './part-writer.ts'
import { Pieces } from './pieces.ts'
import { draftOf, replaceFile } from './replace-file.ts'
import { SumAhead, type SumEvents } from './sum-ahead.ts'

/** What is known of the remote file of which a part is here. */
export interface RemoteVersion {
  /** A strong ETag, or the Last-Modified date: what If-Range takes. Without it and the sum a part cannot be continued. */
  readonly validator?: string
  /** The sum that the file must have, as far as anybody said it. */
  readonly sha256?: string
  readonly totalBytes?: number
}

/** What there is of a file, and of which file it is a part. */
export interface Part {
  readonly url: string
  readonly version: RemoteVersion
  readonly pieces: Pieces
}

/**
 * A download that is not whole yet: `FILE.part`, with `FILE.part.json` beside it that says of what it is a part and how
 * much of it the disk surely has. What lies in the part beyond that is never believed.
 */
export class PartFile {
  readonly path: string
  readonly #notePath: string
  /** Of what this process has written, or is writing. */
  #sum: SumAhead | undefined

  constructor(finalPath: string) {
    this.path = `${finalPath}.part`
    this.#notePath = `${this.path}.json`
  }

  /** What an earlier attempt left, if it can be continued from; otherwise nothing is left. */
  async resume(url: string, sha256?: string): Promise<Part | undefined> {
    const part = await this.read()
    const isSameFile = part?.url === url || (sha256 !== undefined && part?.version.sha256 === sha256)
    const isOther = sha256 !== undefined && part?.version.sha256 !== undefined && part.version.sha256 !== sha256
    if (part && isSameFile && !isOther && part.pieces.doneBytes > 0) {
      // What was summed beyond the note will be fetched again.
      if ((this.#sum?.doneBytes ?? 0) > part.pieces.contiguousBytes) await this.#forgetSum()
      return part
    }
    await this.remove()
    return undefined
  }

  /** What an earlier attempt left, as far as its note is right. */
  async read(): Promise<Part | undefined> {
    const part = await readFile(this.#notePath, 'utf8').then(parseNote, () => undefined)
    const bytes = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    )
    return part && part.pieces.extent <= bytes ? part : undefined
  }

  /** Starts anew: what was there is gone. */
  async begin(url: string, version: RemoteVersion, pieceBytes?: number): Promise<Part> {
    await this.remove()
    const file = await open(this.path, 'wx', 0o644)
    await file.close()
    const part = { url, version, pieces: new Pieces(version.totalBytes, pieceBytes) }
    await replaceFile(this.#notePath, noteOf(part))
    return part
  }

  /** To be disposed of, which waits until the disk has what was written. */
  async write(part: Part): Promise<PartWriter> {
    const file = await open(this.path, 'r+')
    this.#sum ??= part.version.sha256 === undefined ? undefined : new SumAhead(this.path)
    return new PartWriter(file, {
      noted: part.pieces,
      note: () => replaceFile(this.#notePath, noteOf(part)),
      onWritten: (pieces) => this.#sum?.reach(pieces.contiguousBytes),
    })
  }

  /** The sum of all that is there, most of which was found while it was written. */
  async sha256(events: SumEvents): Promise<string> {
    const sum = this.#sum ?? new SumAhead(this.path)
    this.#sum = undefined
    return sum.finish(events)
  }

  async #forgetSum(): Promise<void> {
    const sum = this.#sum
    this.#sum = undefined
    await sum?.stop()
  }

  async remove(): Promise<void> {
    await this.#forgetSum()
    // Without its note a part is nothing; the other way round a note would speak of another file's bytes.
    await this.forget()
    await rm(this.path, { force: true })
  }

  /** The note of a part that is not there. */
  async forgetAlone(): Promise<void> {
    const isThere = await stat(this.path).then(Boolean, () => false)
    if (!isThere) await this.forget()
  }

  /** Only the note: the part itself has been moved to its final place. */
  async forget(): Promise<void> {
    await rm(this.#notePath, { force: true })
    await rm(draftOf(this.#notePath), { force: true })
  }
}

/** The SHA-256 sum of a file, as 64 digits. */
export function sha256Of(path: string, events: SumEvents): Promise<string> {
  return new SumAhead(path).finish(events)
}

interface Note {
  readonly url: string
  readonly version: RemoteVersion
  readonly pieceBytes?: number
  /** Bytes of each piece. */
  readonly done: readonly number[]
}

function noteOf({ url, version, pieces }: Part): string {
  const { pieceBytes, done } = pieces
  return JSON.stringify({ url, version, ...(pieceBytes !== undefined && { pieceBytes }), done } satisfies Note)
}

function parseNote(text: string): Part | undefined {
  try {
    const { url, version, pieceBytes, done } = JSON.parse(text) as Note
    if (typeof url !== 'string' || typeof version !== 'object' || !Array.isArray(done)) return undefined
    if (!Pieces.areSound(version.totalBytes, pieceBytes, done)) return undefined
    return { url, version, pieces: new Pieces(version.totalBytes, pieceBytes, done) }
  } catch {
    return undefined
  }
}
