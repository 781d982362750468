import type { ByteSource } from '../gguf/byte-cursor.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { type ModelFileHead, readHead } from '../gguf/read-header.ts'
import { type GetCall, get, isPlain, requireStatus } from './get.ts'
import { type Persistence, persist } from './patience.ts'
import { readChunks } from './read-chunks.ts'
import { drop } from './request.ts'
import { startOfRange, totalOfRange } from './response-version.ts'
import { SourceProblem } from './source-problem.ts'

export type RemoteHeadCall = GetCall & Pick<Persistence, 'log'>

const FIRST_BYTES = 1024 * 1024
const LARGEST_BYTES = 8 * 1024 * 1024
/** The longest real heads have 30 MB: the words of a large vocabulary and a chat template. */
const LIMIT_BYTES = 96 * 1024 * 1024

/**
 * Reads the head of a GGUF file by ranges, each longer than the one before, and no more of the file than that. Undefined
 * where the server gives no ranges. Throws `HeaderProblem` for what is no model, `SourceProblem`, and the signal's reason.
 */
export async function readRemoteHead(call: RemoteHeadCall): Promise<ModelFileHead | undefined> {
  const ranges = new RemoteRanges(call)
  const totalBytes = await ranges.begin()
  if (totalBytes === undefined) return undefined
  return readHead(ranges, totalBytes)
}

/** A file that is somewhere else, read from its start on. */
class RemoteRanges implements ByteSource {
  readonly #call: RemoteHeadCall
  /** What came last, and where it starts in the file. */
  #bytes = new Uint8Array(0)
  #start = 0
  #nextBytes = FIRST_BYTES
  #totalBytes = 0
  #readBytes = 0

  constructor(call: RemoteHeadCall) {
    this.#call = call
  }

  /** Bytes of the file; undefined where there are no ranges. */
  async begin(): Promise<number | undefined> {
    const total = await this.#fetch(0, FIRST_BYTES)
    this.#totalBytes = total ?? 0
    return total
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    if (position < this.#start || position >= this.#start + this.#bytes.byteLength) {
      const total = await this.#fetch(position, Math.max(length, this.#nextBytes))
      if (total !== this.#totalBytes) throw new SourceProblem(`${this.#call.place} has another file than before`)
    }
    const at = position - this.#start
    const found = this.#bytes.subarray(at, at + length)
    buffer.set(found, offset)
    return { bytesRead: found.byteLength }
  }

  async #fetch(position: number, bytes: number): Promise<number | undefined> {
    const last = Math.min(position + bytes, this.#totalBytes || Number.POSITIVE_INFINITY) - 1
    this.#readBytes += last - position + 1
    if (this.#readBytes > LIMIT_BYTES)
      throw new HeaderProblem('damaged', `its head claims to be longer than ${LIMIT_BYTES} bytes`)
    let wasReached = false
    const mayRetry = ({ retry }: SourceProblem) => retry.type === 'later' && wasReached
    return persist({ ...this.#call, mayRetry }, async () => {
      const { response } = await get(this.#call, { range: `bytes=${position}-${last}` })
      wasReached = true
      if (response.status !== 206) {
        await drop(response)
        // An empty file has no ranges either.
        if (response.status !== 416) requireStatus(response, this.#call, [200])
        return undefined
      }
      if (startOfRange(response) !== position || !isPlain(response)) {
        await drop(response)
        return undefined
      }
      this.#bytes = await this.#receive(response, last - position + 1)
      this.#start = position
      this.#nextBytes = Math.min(LARGEST_BYTES, this.#nextBytes * 2)
      return totalOfRange(response)
    })
  }

  async #receive({ body }: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const { patience, signal, place } = this.#call
    const bytes = new Uint8Array(limit)
    let length = 0
    for await (const chunk of readChunks({ body, stall: patience.stall, signal })) {
      if (length + chunk.byteLength > limit) throw new SourceProblem(`${place} sends more bytes than it was asked for`)
      bytes.set(chunk, length)
      length += chunk.byteLength
    }
    return bytes.subarray(0, length)
  }
}
