import type { DownloadCall } from './download.ts'
import { get, isPlain, isSame, requireStatus } from './get.ts'
import type { Part } from './part-file.ts'
import type { PartWriter } from './part-writer.ts'
import { persist } from './patience.ts'
import { readChunks } from './read-chunks.ts'
import { drop } from './request.ts'
import { endOfRange, readVersion, startOfRange } from './response-version.ts'
import { SourceProblem } from './source-problem.ts'

/**
 * Fetches what is missing of a file that comes in pieces, several of them at once; each is tried again by itself. Rejects
 * as `download` does, when all connections have ended and the disk has what came.
 */
export async function downloadPieces(call: DownloadCall, part: Part, onAnswer: () => void): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([call.signal, failed.signal])
  await using writer = await call.part.write(part)
  call.onBytes(writer.pieces.doneBytes, part.version.totalBytes)
  const work: Work = { call: { ...call, signal }, part, writer, onAnswer, queue: [...part.pieces.open], workers: 0 }
  const count = Math.min(call.ranges.connections, work.queue.length)
  const workers = Array.from({ length: count }, () =>
    fetchFromQueue(work).catch((error: unknown) => {
      // The first one to fail says why; the others are told to stop and have nothing to add.
      if (!failed.signal.aborted) failed.abort(error)
    }),
  )
  await Promise.all(workers)
  call.signal.throwIfAborted()
  if (failed.signal.aborted) throw told(failed.signal.reason)
}

interface Work {
  readonly call: DownloadCall
  readonly part: Part
  readonly writer: PartWriter
  readonly onAnswer: () => void
  /** Pieces that nobody fetches yet. */
  readonly queue: number[]
  workers: number
}

async function fetchFromQueue(work: Work): Promise<void> {
  work.workers++
  try {
    for (let piece = work.queue.shift(); piece !== undefined; piece = work.queue.shift()) {
      if (!(await fetchPiece(work, piece))) return
    }
  } finally {
    work.workers--
  }
}

/** False when the server has enough of us: others go on, and one connection less asks it. */
async function fetchPiece(work: Work, piece: number): Promise<boolean> {
  const { call, writer, queue } = work
  const isSpare = (problem: SourceProblem) => problem.reason === 'busy' && work.workers > 1
  const mayRetry = (problem: SourceProblem) =>
    problem.retry.type === 'later' && (problem.reason === undefined || (problem.reason === 'busy' && !isSpare(problem)))
  const progress = () => writer.pieces.done[piece] ?? 0
  try {
    await persist({ ...call, progress, mayRetry }, () => receivePiece(work, piece))
    return true
  } catch (error) {
    if (!(error instanceof SourceProblem) || !isSpare(error)) throw error
    queue.unshift(piece)
    return false
  }
}

async function receivePiece({ call, part, writer, onAnswer }: Work, piece: number): Promise<void> {
  const { from, to = 0 } = writer.pieces.missingOf(piece)
  if (from >= to) return
  const { validator } = part.version
  const range = { range: `bytes=${from}-${to - 1}`, ...(validator && { 'if-range': validator }) }
  const { response, headers } = await get(call, range)
  onAnswer()
  if (response.status === 206 && !isPlain(response)) await refuseEncoded(call, response)
  if (response.status !== 206) await refuse(call, part, { response, headers })
  const isAsked = startOfRange(response) === from && (endOfRange(response) ?? 0) <= to - 1
  if (!isAsked || !isSame(part.version, readVersion(response, headers))) {
    await drop(response)
    throw new SourceProblem(`${call.place} has another file than before`, anew, { reason: 'changed' })
  }
  for await (const chunk of readChunks({ body: response.body, stall: call.patience.stall, signal: call.signal })) {
    const { from: next } = writer.pieces.missingOf(piece)
    if (next + chunk.byteLength > to)
      throw new SourceProblem(`${call.place} sends more bytes than it was asked for`, anew, { reason: 'no-ranges' })
    await writer.write(piece, chunk)
    call.onBytes(writer.pieces.doneBytes, part.version.totalBytes)
  }
  const { from: reached } = writer.pieces.missingOf(piece)
  if (reached < to) throw new SourceProblem(`${reached - from} of ${to - from} bytes came`, { type: 'later' })
}

const anew = { type: 'later', afterMilliseconds: 0 } as const

interface Answer {
  readonly response: Response
  readonly headers: readonly Headers[]
}

async function refuseEncoded({ place }: DownloadCall, response: Response): Promise<never> {
  await drop(response)
  throw new SourceProblem(`${place} gives ranges of something else than the file`, anew, { reason: 'no-ranges' })
}

/** What an answer means that is no range. */
async function refuse({ place, token, ...call }: DownloadCall, part: Part, { response, headers }: Answer) {
  await drop(response)
  if (response.status === 416)
    throw new SourceProblem(`${place} has another file than before`, anew, { reason: 'changed' })
  requireStatus(response, { ...call, place, ...(token && { token }) }, [200])
  const isChanged = !isSame(part.version, readVersion(response, headers))
  if (isChanged) throw new SourceProblem(`${place} has another file than before`, anew, { reason: 'changed' })
  throw new SourceProblem(`${place} gives no ranges any more`, anew, { reason: 'no-ranges' })
}

/** Every piece has been tried as often as it is worth, unless another start is what it takes. */
function told(error: unknown): unknown {
  if (!(error instanceof SourceProblem) || error.reason === 'changed' || error.reason === 'no-ranges') return error
  return new SourceProblem(error.message, undefined, { cause: error, ...(error.reason && { reason: error.reason }) })
}
