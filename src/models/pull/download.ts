import { dirname } from 'node:path'
import type { ModelLog } from '../model-log.ts'
import { downloadPieces } from './download-pieces.ts'
import type { Environment } from './environment.ts'
import { requireSpace } from './free-space.ts'
import { get, isPlain, isSame, requireStatus } from './get.ts'
import type { Part, PartFile, RemoteVersion } from './part-file.ts'
import { type Patience, persist } from './patience.ts'
import { readChunks } from './read-chunks.ts'
import { drop } from './request.ts'
import { readVersion, startOfRange } from './response-version.ts'
import { SourceProblem, type SourceReason } from './source-problem.ts'
import type { RemoteFile } from './target.ts'

/** How large files are fetched: so many ranges at once, each of that length or more. */
export interface Ranges {
  readonly connections: number
  readonly pieceBytes: number
}

/** A file of less than two such pieces comes over one connection. */
export const usualRanges: Ranges = { connections: 4, pieceBytes: 32 * 1024 * 1024 }

export interface DownloadCall extends RemoteFile {
  readonly ranges: Ranges
  readonly part: PartFile
  readonly environment: Environment
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly log: ModelLog
  readonly onBytes: (doneBytes: number, totalBytes: number | undefined) => void
  /** Called when the file is whole and its sum is looked at, and with what is in the sum meanwhile. */
  readonly onVerify?: (doneBytes: number, totalBytes: number) => void
  /** Called while the file comes in order, with what is in the part; what it throws ends the download. */
  readonly onHead?: (doneBytes: number, totalBytes: number | undefined) => Promise<void>
}

/**
 * Fetches a file into its part file, continuing what is there, until it is whole and its sum is right: large files in
 * several ranges at once where the server gives such. Tries again while attempts bring something. Throws `SourceProblem`,
 * and the signal's reason once it aborts; a part that can be continued stays.
 */
export async function download(call: DownloadCall): Promise<void> {
  let [wasReached, mayUseRanges, progress, restarts] = [false, true, 0, 0]
  const onAnswer = () => {
    wasReached = true
  }
  const onProgress = (bytes: number) => {
    progress = bytes
  }
  const onRestart = () => {
    restarts++
  }
  const attempt = async () => {
    // What is thrown away each time would come for ever, as long as each time brings something.
    if (restarts >= call.patience.attempts)
      throw new SourceProblem(
        `${call.place} was asked ${restarts} times for the whole file, which never came to its end`,
      )
    const part = await call.part.resume(call.url.href, call.sha256)
    const before = part?.pieces.doneBytes ?? 0
    onProgress(before)
    try {
      const version = await fetchRest(call, { part, mayUseRanges, onAnswer, onProgress, onRestart })
      await checkSum(call, version, before > 0)
    } catch (error) {
      if (!(error instanceof SourceProblem) || !isUseless.has(error.reason)) throw error
      await call.part.remove()
      onRestart()
      // Of the servers behind one name each may have its own tag for one file: over one connection one of them answers.
      if (error.reason === 'no-ranges' || restarts > 1) mayUseRanges = false
      throw error
    }
  }
  const mayRetry = ({ retry }: SourceProblem) => retry.type === 'later' && wasReached
  await persist({ ...call, progress: () => progress, mayRetry }, attempt)
}

/** After these what is here cannot be continued. */
const isUseless: ReadonlySet<SourceReason | undefined> = new Set(['changed', 'no-ranges', 'damaged'])

interface Attempt {
  readonly part: Part | undefined
  readonly mayUseRanges: boolean
  readonly onAnswer: () => void
  readonly onProgress: (doneBytes: number) => void
  /** What was here is thrown away. */
  readonly onRestart: () => void
}

/** One attempt. Resolves with what is known of the file when the part is whole. */
async function fetchRest(call: DownloadCall, attempt: Attempt): Promise<RemoteVersion> {
  const { part } = attempt
  if (part?.pieces.isWhole) return part.version
  const onBytes = (doneBytes: number, totalBytes: number | undefined) => {
    attempt.onProgress(doneBytes)
    call.onBytes(doneBytes, totalBytes)
  }
  if (attempt.mayUseRanges && isLarge(call)) {
    const begun = part ?? (await beginPieces(call, attempt.onAnswer))
    if (begun && begun.pieces.done.length > 1) {
      await downloadPieces({ ...call, onBytes }, begun, attempt.onAnswer)
      return begun.version
    }
  }
  // Pieces that lie apart are no use to one connection.
  const start = part && part.pieces.done.length === 1 ? part : undefined
  return receiveInOrder({ ...call, onBytes }, start, attempt)
}

const isLarge = ({ ranges, sizeBytes, aboutBytes = 0 }: DownloadCall) =>
  ranges.connections > 1 && (sizeBytes ?? aboutBytes) >= 2 * ranges.pieceBytes

/** Asks for one byte, which tells whether the server gives ranges, and of what. Undefined: it does not. */
async function beginPieces(call: DownloadCall, onAnswer: () => void): Promise<Part | undefined> {
  const { response, headers } = await get(call, { range: 'bytes=0-0' })
  onAnswer()
  await drop(response)
  if (response.status !== 206 || !isPlain(response)) {
    requireStatus(response, call, [200, 206])
    return undefined
  }
  const version = completed(call, readVersion(response, headers))
  const { totalBytes } = version
  const canBeContinued = version.validator !== undefined || version.sha256 !== undefined
  if (totalBytes === undefined || !canBeContinued) return undefined
  return call.part.begin(call.url.href, version, pieceBytesFor(totalBytes, call.ranges))
}

/** A note with thousands of pieces would be written every second. */
const pieceBytesFor = (totalBytes: number, { pieceBytes }: Ranges) => Math.max(pieceBytes, Math.ceil(totalBytes / 256))

/** With the sum that is known from elsewhere. Throws where the server has a file of another size. */
function completed({ sha256, sizeBytes, place }: DownloadCall, version: RemoteVersion): RemoteVersion {
  const { totalBytes } = version
  if (sizeBytes !== undefined && totalBytes !== undefined && totalBytes !== sizeBytes)
    throw new SourceProblem(`${place} gives a file of ${totalBytes} bytes instead of ${sizeBytes}`)
  const sum = sha256 ?? version.sha256
  const total = totalBytes ?? sizeBytes
  return { ...version, ...(sum !== undefined && { sha256: sum }), ...(total !== undefined && { totalBytes: total }) }
}

/** The whole file, or what is missing at its end, over one connection. */
async function receiveInOrder(call: DownloadCall, known: Part | undefined, { onAnswer, onRestart }: Attempt) {
  const from = known?.pieces.doneBytes ?? 0
  const { validator } = known?.version ?? {}
  const range = from > 0 && { range: `bytes=${from}-`, ...(validator && { 'if-range': validator }) }
  const { response, headers } = await get(call, { ...range })
  onAnswer()
  if (response.status === 416) return await startAnew(call, response)
  await requireStatusOrCancel(response, call)
  const version = completed(call, readVersion(response, headers))
  const continues =
    response.status === 206 &&
    isPlain(response) &&
    startOfRange(response) === from &&
    isSame(known?.version ?? {}, version)
  if (response.status === 206 && !continues) return await startAnew(call, response)
  if (!continues && from > 0) onRestart()
  const part = continues && known ? known : await call.part.begin(call.url.href, version)
  await receive(call, part, response)
  return part.version
}

async function requireStatusOrCancel(response: Response, call: DownloadCall): Promise<void> {
  if (response.status === 200 || response.status === 206) return
  await drop(response)
  requireStatus(response, call, [])
}

async function startAnew({ place }: DownloadCall, response: Response): Promise<never> {
  await drop(response)
  const again = { type: 'later', afterMilliseconds: 0 } as const
  throw new SourceProblem(`${place} has another file than before`, again, { reason: 'changed' })
}

/** How much may come, where nobody said how much it is, before the disk is looked at again. */
const LOOK_BYTES = 8 * 1024 * 1024

async function receive(call: DownloadCall, part: Part, response: Response): Promise<void> {
  const { totalBytes } = part.version
  await using writer = await call.part.write(part)
  const { pieces } = writer
  call.onBytes(pieces.doneBytes, totalBytes)
  let lookAt = 0
  for await (const chunk of readChunks({ body: response.body, stall: call.patience.stall, signal: call.signal })) {
    if (totalBytes !== undefined && pieces.doneBytes + chunk.byteLength > totalBytes)
      throw new SourceProblem(`${call.place} sends more bytes than it said`, { type: 'later' }, { reason: 'changed' })
    // What never ends must not take the last of the disk.
    if (totalBytes === undefined && pieces.doneBytes >= lookAt) {
      await requireSpace(dirname(call.part.path), chunk.byteLength)
      lookAt = pieces.doneBytes + LOOK_BYTES
    }
    await writer.write(0, chunk)
    call.onBytes(pieces.doneBytes, totalBytes)
    await call.onHead?.(pieces.doneBytes, totalBytes)
  }
  const { doneBytes } = pieces
  if (totalBytes === undefined || doneBytes === totalBytes) return
  throw new SourceProblem(`${doneBytes} of ${totalBytes} bytes came`, { type: 'later' })
}

async function checkSum(call: DownloadCall, version: RemoteVersion, wasContinued: boolean): Promise<void> {
  const expected = call.sha256 ?? version.sha256
  if (expected === undefined) return
  call.onVerify?.(0, version.totalBytes ?? 0)
  const { onVerify, signal } = call
  const found = await call.part.sha256({ signal, ...(onVerify && { onBytes: onVerify }) })
  if (found === expected.toLowerCase()) return
  await call.part.remove()
  const problem = `${call.place} gives a file with the sha256 ${found} instead of ${expected}`
  // What lay on the disk from an earlier attempt may be at fault: then a whole new download can be right.
  if (!wasContinued) throw new SourceProblem(problem)
  throw new SourceProblem(problem, { type: 'later', afterMilliseconds: 0 }, { reason: 'damaged' })
}
