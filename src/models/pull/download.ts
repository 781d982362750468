import type { ModelLog } from '../model-log.ts'
import { answerProblem } from './answer-problem.ts'
import type { Environment } from './environment.ts'
import { requireSpace } from './free-space.ts'
import type { PartFile, RemoteVersion } from './part-file.ts'
import { type Patience, pause } from './patience.ts'
import { readChunks } from './read-chunks.ts'
import { request } from './request.ts'
import { readVersion, startOfRange } from './response-version.ts'
import { SourceProblem } from './source-problem.ts'

export interface DownloadCall {
  readonly url: URL
  /** How messages call the place. */
  readonly place: string
  /** Sent as a bearer token, to the host of the URL only. */
  readonly token?: string
  /** The sum that the file must have; absent: the one that the hub gives, if it gives one. */
  readonly sha256?: string
  readonly part: PartFile
  /** Where the disk must have room. */
  readonly folder: string
  readonly environment: Environment
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly log: ModelLog
  readonly onBytes: (doneBytes: number, totalBytes: number | undefined) => void
}

/**
 * Fetches a file into its part file, continuing what is there, until it is whole and its sum is right. Tries again
 * while attempts bring something. Throws `SourceProblem`, and the signal's reason once it aborts; a part that can be
 * continued stays.
 */
export async function download(call: DownloadCall): Promise<void> {
  let attempt = 0
  let wasReached = false
  const answered = () => {
    wasReached = true
  }
  for (;;) {
    const before = (await call.part.resume(call.url.href)).bytes
    try {
      const version = await fetchRest(call, answered)
      return await checkSum(call, version, before > 0)
    } catch (error) {
      if (!(error instanceof SourceProblem) || error.retry.type === 'never' || !wasReached) throw error
      const isFurther = (await call.part.resume(call.url.href)).bytes > before
      attempt = isFurther ? 1 : attempt + 1
      await waitForNext(call, error, attempt)
    }
  }
}

async function waitForNext({ patience, place, signal, log }: DownloadCall, problem: SourceProblem, attempt: number) {
  const asked = problem.retry.type === 'later' ? problem.retry.afterMilliseconds : undefined
  const wait = asked ?? patience.retry * 2 ** (attempt - 1)
  if (attempt >= patience.attempts || wait > patience.longestRetry) throw problem
  log.info(`${place}: ${problem.message}; next attempt in ${Math.ceil(wait / 1000)} s.`)
  await pause(wait, signal)
}

/** One attempt. Resolves with what is known of the file when the part is whole. */
async function fetchRest(call: DownloadCall, answered: () => void): Promise<RemoteVersion> {
  const { part, url, signal, patience } = call
  const known = await part.resume(url.href)
  if (known.bytes > 0 && known.bytes === known.version.totalBytes) return known.version
  const { response, headers } = await request({
    url,
    headers: headersFor(call, known),
    environment: call.environment,
    signal,
    timeoutMilliseconds: patience.connect,
  })
  answered()
  if (response.status === 416) return await startAnew(call, response)
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel()
    throw answerProblem(response, call.place, call.token !== undefined)
  }
  const version = readVersion(response, headers)
  const continues = response.status === 206 && startOfRange(response) === known.bytes && isSame(known.version, version)
  if (response.status === 206 && !continues) return await startAnew(call, response)
  if (!continues) await part.begin(url.href, version)
  await receive(call, { response, version, from: continues ? known.bytes : 0 })
  return version
}

function headersFor({ token }: DownloadCall, known: { bytes: number; version: RemoteVersion }): Record<string, string> {
  const { validator } = known.version
  return {
    // A compressed body has other lengths and offsets than the file.
    'accept-encoding': 'identity',
    'user-agent': 'hearth',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(known.bytes > 0 && validator && { range: `bytes=${known.bytes}-`, 'if-range': validator }),
  }
}

function isSame(known: RemoteVersion, found: RemoteVersion): boolean {
  const agree = (left: unknown, right: unknown) => left === undefined || right === undefined || left === right
  return agree(known.validator, found.validator) && agree(known.sha256, found.sha256)
}

async function startAnew({ part, place }: DownloadCall, response: Response): Promise<never> {
  await response.body?.cancel()
  await part.remove()
  throw new SourceProblem(`${place} has another file than before`, { type: 'later', afterMilliseconds: 0 })
}

interface Reception {
  readonly response: Response
  readonly version: RemoteVersion
  readonly from: number
}

async function receive(call: DownloadCall, { response, version, from }: Reception): Promise<void> {
  const { totalBytes } = version
  await requireSpace(call.folder, Math.max(0, (totalBytes ?? 0) - from))
  let done = from
  call.onBytes(done, totalBytes)
  const chunks = readChunks({ body: response.body, stall: call.patience.stall, signal: call.signal })
  await call.part.append(chunks, (bytes) => {
    done += bytes
    call.onBytes(done, totalBytes)
  })
  if (totalBytes === undefined || done === totalBytes) return
  if (done > totalBytes) await call.part.remove()
  throw new SourceProblem(`${done} of ${totalBytes} bytes came`, { type: 'later' })
}

async function checkSum(call: DownloadCall, version: RemoteVersion, wasContinued: boolean): Promise<void> {
  const expected = call.sha256 ?? version.sha256
  if (expected === undefined) return
  const found = await call.part.sha256(call.signal)
  if (found === expected) return
  await call.part.remove()
  // What lay on the disk from an earlier attempt may be at fault: then a whole new download can be right.
  const retry = wasContinued ? ({ type: 'later', afterMilliseconds: 0 } as const) : ({ type: 'never' } as const)
  throw new SourceProblem(`${call.place} gives a file with the sha256 ${found} instead of ${expected}`, retry)
}
