import { answerProblem, plainAnswerProblem } from './answer-problem.ts'
import type { Environment } from './environment.ts'
import type { RemoteVersion } from './part-file.ts'
import type { Patience } from './patience.ts'
import { type RequestResult, request } from './request.ts'
import { SourceProblem } from './source-problem.ts'

/** A place on the web, and how it is asked. */
export interface GetCall {
  readonly url: URL
  /** How messages call the place. */
  readonly place: string
  /** Sent as a bearer token, to the host of the URL only. */
  readonly token?: string
  /** The header in place of a token, for that host only. */
  readonly authorization?: string
  /** Of a place that is not the hub: what to do where it refuses, a clause. */
  readonly refused?: string
  readonly environment: Environment
  readonly patience: Patience
  readonly signal: AbortSignal
}

/** Asks for the file, or for a range of it. Throws `SourceProblem` when no answer comes; any status is an answer. */
export function get(call: GetCall, headers: Readonly<Record<string, string>> = {}): Promise<RequestResult> {
  const { url, token, environment, signal, patience } = call
  const authorization = token ? `Bearer ${token}` : call.authorization
  return request({
    url,
    headers: {
      // A compressed body has other lengths and offsets than the file.
      'accept-encoding': 'identity',
      'user-agent': 'hearth',
      ...(authorization && { authorization }),
      ...headers,
    },
    environment,
    signal,
    timeoutMilliseconds: patience.connect,
  })
}

/** Throws what an answer of another status means. */
export function requireStatus(response: Response, call: GetCall, statuses: readonly number[]): void {
  const { url, place, token, refused } = call
  if (statuses.includes(response.status)) return
  const host = URL.canParse(response.url) ? new URL(response.url) : url
  // The hub signs the address at which its storage gives the file, for a while: the next attempt gets another one.
  if (host.origin !== url.origin && (response.status === 401 || response.status === 403))
    throw new SourceProblem(`${host.host}, to which ${place} leads, answers ${response.status}`, { type: 'later' })
  if (refused !== undefined) throw plainAnswerProblem(response, place, refused)
  throw answerProblem(response, place, token !== undefined)
}

/** Whether what comes is the file's own bytes; of a compressed answer lengths and offsets are others. */
export function isPlain({ headers }: Response): boolean {
  return (headers.get('content-encoding') ?? 'identity') === 'identity'
}

/** Whether two answers can speak of one file: as far as both say something, they say the same. */
export function isSame(known: RemoteVersion, found: RemoteVersion): boolean {
  const agree = (left: unknown, right: unknown) => left === undefined || right === undefined || left === right
  return (
    agree(known.validator, found.validator) &&
    agree(known.sha256, found.sha256) &&
    agree(known.totalBytes, found.totalBytes)
  )
}
