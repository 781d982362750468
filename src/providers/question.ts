import { randomUUID } from 'node:crypto'
import { messageOf, ServerError } from '../core/errors.ts'
import type { UpstreamCall } from '../core/provider.ts'
import { type Attempt, attempt } from './attempt.ts'
import { AttemptFailure } from './attempt-failure.ts'
import { type Sending, send } from './send.ts'
import type { ProviderSettings } from './settings.ts'

/** What a list of models may have, in bytes. */
const mostBytes = 4 * 2 ** 20
/** Seconds that a question about the provider itself may take: whoever asks for a list of models waits for all providers. */
const mostSeconds = 10

/** The settings for questions of our own: nobody waits for a model to be loaded here. Pure. */
export function questionSettings(settings: ProviderSettings): ProviderSettings {
  const { connect, firstByte, idle } = settings.timeouts
  const bound = (seconds: number) => Math.min(seconds, mostSeconds)
  return {
    ...settings,
    retries: Math.min(1, settings.retries),
    timeouts: { connect: bound(connect) / 2, firstByte: bound(firstByte), idle: bound(idle) },
  }
}

const questionCall = (path: string, signal: AbortSignal): UpstreamCall => ({
  method: 'GET',
  path,
  headers: {},
  isStreamed: false,
  requestId: `hearth-${randomUUID()}`,
  signal,
})

/** The JSON of GET /models. Rejects as `send`, with `upstream_failed` for what is no JSON or too much of it. */
export async function readJson(parts: Omit<Sending, 'call'>): Promise<unknown> {
  const failed = (problem: string) => new ServerError('upstream_failed', { provider: parts.settings.name, problem })
  // Retries and their pauses stay within it.
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(failed('its list of models takes too long.')), 2 * mostSeconds * 1000)
  try {
    const { body } = await send({ ...parts, call: questionCall('models', limit.signal) })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for (let chunk = await body.read(); chunk; chunk = await body.read()) {
      bytes += chunk.byteLength
      if (bytes > mostBytes) {
        body.cancel()
        throw failed(`its list of models is larger than ${mostBytes} bytes.`)
      }
      chunks.push(chunk)
    }
    return parse(Buffer.concat(chunks).toString('utf8')) ?? fail(failed('its list of models is not JSON.'))
  } finally {
    clearTimeout(timer)
  }
}

/** What is wrong with an address; undefined where nothing is. A key that is refused is nothing that another address would mend. */
export async function lookAt(
  parts: Omit<Attempt, 'call'>,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<string | undefined> {
  try {
    const settings = questionSettings(parts.settings)
    const { body } = await attempt({ ...parts, settings, call: questionCall(path, signal) })
    body.cancel()
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof AttemptFailure)) return messageOf(error)
    return error.meaning.address === 'broken' ? error.error.message : undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fail(error: Error): never {
  throw error
}
