import { messageOf, ServerError } from '../../core/errors.ts'
import { deepestJson } from '../../protocol/json-depth.ts'
import { mostJsonValues, weighJson } from '../../protocol/json-weight.ts'
import { joinBytes } from '../join-bytes.ts'

/** Media types that are something else than JSON for certain. Others are tried: `curl -d` says it sends a form. */
const neverJson = /^(multipart|image|audio|video|font)\/|^(application|text)\/(xml|html|pdf|zip|gzip|x-tar|csv)\b/

/**
 * Reads the body of a request as JSON in UTF-8, keeping at most `limitBytes` of it in memory. Where it is optional, one
 * without bytes is an object without fields. Throws `invalid_json`, `unsupported_media_type`, `body_too_large`, `body_timeout` and
 * what the signal says.
 */
export async function readJsonBody(
  request: Request,
  { isOptional = false, ...limits }: BodyLimits & { readonly isOptional?: boolean },
): Promise<JsonBody> {
  refuseMedia(request.headers)
  const bytes = await readBytes(request, limits)
  return bytes.byteLength === 0 && isOptional ? { value: {}, text: '{}' } : readJsonBytes(bytes)
}

/** Reads bytes as JSON in UTF-8. Throws `invalid_json`. */
export function readJsonBytes(bytes: Uint8Array): JsonBody {
  if (bytes.byteLength === 0) throw new ServerError('invalid_json', { problem: 'it is empty' })
  const text = decode(bytes)
  return { value: parse(text), text }
}

export interface BodyLimits {
  /** How much of it is kept in memory. */
  readonly limitBytes: number
  /** How long nothing of it may come. */
  readonly silenceSeconds: number
  /** Ends the reading: a body of which a little comes again and again would hold a place among the requests for ever. */
  readonly signal: AbortSignal
  /** Told of bytes before they are kept; what it throws ends the reading. */
  readonly hold?: (bytes: number) => void
}

/** A body of JSON, read and as it came. */
export interface JsonBody {
  readonly value: unknown
  readonly text: string
}

function refuseMedia(headers: Headers): void {
  const type = headers.get('content-type')?.trim().toLowerCase() ?? ''
  if (neverJson.test(type)) throw new ServerError('unsupported_media_type', { found: type.split(';')[0] ?? type })
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() || 'identity'
  if (encoding !== 'identity') throw new ServerError('unsupported_media_type', { found: `compressed (${encoding})` })
}

/**
 * Reads a body, whatever it is, and keeps at most `limitBytes` of it in memory. Throws `body_too_large`, `body_timeout` and what
 * the signal says.
 */
export async function readBytes(
  request: Request,
  { limitBytes, silenceSeconds, signal, hold }: BodyLimits,
): Promise<Uint8Array> {
  // What is too much is still read for a while, and dropped: a client that is cut off while it writes sees no answer.
  const patienceBytes = 2 * limitBytes
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > patienceBytes) throw new ServerError('body_too_large', { limitBytes })
  const reader = request.body?.getReader()
  if (!reader) return new Uint8Array()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length <= patienceBytes) {
    const { done, value } = await nextPiece(reader, { silenceSeconds, signal })
    if (done) break
    length += value.byteLength
    if (length > limitBytes) pieces.length = 0
    else {
      holdOrCancel(value.byteLength, { hold, reader })
      pieces.push(value)
    }
  }
  if (length <= limitBytes) return joinBytes(pieces, length)
  void reader.cancel().catch(() => {})
  throw new ServerError('body_too_large', { limitBytes })
}

function holdOrCancel(
  bytes: number,
  {
    hold,
    reader,
  }: { readonly hold: BodyLimits['hold'] | undefined; readonly reader: ReadableStreamDefaultReader<Uint8Array> },
): void {
  try {
    hold?.(bytes)
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  }
}

/** A body that is begun and not gone on with holds a connection, and a place among the requests. Throws `body_timeout`. */
async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { silenceSeconds, signal }: Pick<BodyLimits, 'silenceSeconds' | 'signal'>,
) {
  const end = Promise.withResolvers<never>()
  const onSilence = () => end.reject(new ServerError('body_timeout', { seconds: silenceSeconds }))
  const onStop = () => end.reject(signal.reason)
  const timer = setTimeout(onSilence, silenceSeconds * 1000)
  if (signal.aborted) onStop()
  else signal.addEventListener('abort', onStop, { once: true })
  try {
    return await Promise.race([reader.read(), end.promise])
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onStop)
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ServerError('invalid_json', { problem: 'it is not UTF-8' })
  }
}

function parse(text: string): unknown {
  // Before it is parsed: small values take forty times the memory of their text, and everybody waits while they are made.
  const weight = weighJson(text)
  if (weight.depth > deepestJson)
    throw new ServerError('invalid_json', { problem: `${tooDeep} (more than ${deepestJson} levels)` })
  if (weight.values > mostJsonValues)
    throw new ServerError('invalid_json', { problem: `it has more than ${mostJsonValues} values` })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ServerError('invalid_json', { problem: parserComplaint(error) })
  }
}

const tooDeep = 'it is nested too deeply'

/** What the parser says, up to where it repeats the text: that may be a prompt. */
function parserComplaint(error: unknown): string {
  if (error instanceof RangeError) return tooDeep
  const message = messageOf(error)
  const [complaint = ''] = message.replace(/^JSON Parse error: /, '').split(/,? *(?:\.\.\.|["`]|'[^']{3,}')/)
  return complaint.trim() || 'it cannot be parsed'
}
