import { isLoopback, proxyFor } from '../../platform/proxy.ts'
import type { Environment } from './environment.ts'
import { isInnerHost } from './inner-host.ts'
import { SourceProblem } from './source-problem.ts'

export interface RequestCall {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly environment: Environment
  readonly signal: AbortSignal
  /** Until the headers of the last answer are there, redirects included. */
  readonly timeoutMilliseconds: number
}

/** The last answer, and the headers of every answer on the way to it, the last included. */
export interface RequestResult {
  readonly response: Response
  readonly headers: readonly Headers[]
}

const REDIRECT_LIMIT = 10

/**
 * A GET that follows redirects itself: the Authorization header stays with the host it is meant for, and each host
 * gets its own proxy. Throws `SourceProblem` when no answer comes, and the signal's reason once it aborts, which also
 * ends the body.
 */
export async function request(call: RequestCall): Promise<RequestResult> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), call.timeoutMilliseconds)
  try {
    return await follow(call, AbortSignal.any([call.signal, timeout.signal]))
  } catch (error) {
    call.signal.throwIfAborted()
    if (error instanceof SourceProblem) throw error
    const reason = timeout.signal.aborted
      ? `no answer within ${Math.round(call.timeoutMilliseconds / 1000)} s`
      : reasonOf(error)
    throw new SourceProblem(`${call.url.host} cannot be reached (${reason})`, { type: 'later' }, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** Ends an answer that nobody reads; a connection that is broken already has nothing left to end. */
export async function drop({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {})
}

async function follow(call: RequestCall, signal: AbortSignal): Promise<RequestResult> {
  const headers: Headers[] = []
  let url = call.url
  for (let hop = 0; hop <= REDIRECT_LIMIT; hop++) {
    const response = await get(call, url, signal)
    headers.push(response.headers)
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || !location) return { response, headers }
    await drop(response)
    url = nextUrl(call.url, url, location)
  }
  throw new SourceProblem(`${call.url.host} redirects more than ${REDIRECT_LIMIT} times`)
}

/** Where a redirection leads, if it may lead there. */
function nextUrl(first: URL, current: URL, location: string): URL {
  const next = URL.canParse(location, current) ? new URL(location, current) : undefined
  if (next === undefined) throw new SourceProblem(`${first.host} redirects to something that is no address`)
  if (!isProtected(first, next)) throw new SourceProblem(`${first.host} redirects to ${next.protocol}//${next.host}`)
  if (!mayLeadTo(first, next))
    throw new SourceProblem(`${first.host} redirects to this machine or its link (${next.host})`)
  return next
}

/**
 * Whether a place may send whoever asks it to another one: over nothing less protected, and no host may have us ask what only
 * this machine can, but a server of this machine itself and its like. Pure.
 */
export function mayLeadTo(first: URL, next: URL): boolean {
  return (
    isProtected(first, next) &&
    (!isInnerHost(next.hostname) || (isLoopback(first.hostname) && isLoopback(next.hostname)))
  )
}

/** What was asked for by https, or of this machine, is not fetched over a network where somebody could change it. */
function isProtected(first: URL, next: URL): boolean {
  if (next.protocol === 'https:') return true
  if (next.protocol !== 'http:' || first.protocol !== 'http:') return false
  return isLoopback(next.hostname) || !isLoopback(first.hostname)
}

function get(call: RequestCall, url: URL, signal: AbortSignal): Promise<Response> {
  const { authorization, ...others } = call.headers
  const isSameOrigin = url.origin === call.url.origin
  const proxy = proxyFor(url, call.environment)
  // `proxy` is Bun's; Deno and Node know no such field and read the variables themselves.
  const options: RequestInit & { proxy?: string } = {
    headers: { ...others, ...(authorization && isSameOrigin && { authorization }) },
    redirect: 'manual',
    signal,
    ...(proxy && { proxy }),
  }
  return fetch(url, options)
}

function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: { message?: string }; code?: string; message?: string }
  return cause?.message ?? message ?? code ?? String(error)
}
