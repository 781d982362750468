import { invalidParameter, ServerError } from '../core/errors.ts'
import type { UpstreamAnswer, UpstreamCall } from '../core/provider.ts'
import { shownAddress } from '../core/provider-address.ts'
import { providerVariable } from '../core/provider-names.ts'
import type { Log } from '../observe/log.ts'
import type { Address, Visit } from './address.ts'
import { AttemptFailure, type FailureMeaning } from './attempt-failure.ts'
import { connectionProblem } from './connection-problem.ts'
import { guardBody } from './guard-body.ts'
import { readBounded } from './read-bounded.ts'
import { redact } from './redact.ts'
import { isPassing, refusalOf, statusText } from './refusal.ts'
import { requestHeaders } from './request-headers.ts'
import { retryAfterSeconds } from './retry-after.ts'
import type { Secrets } from './secret-forms.ts'
import type { ProviderSettings } from './settings.ts'
import { packingOf, unpacked, unpackedHeaders } from './unpacked.ts'
import type { World } from './world.ts'

export interface Attempt {
  readonly call: UpstreamCall
  readonly address: Address
  readonly settings: ProviderSettings
  readonly key: string | undefined
  readonly world: World
  readonly log: Log
  /** Whether the request was sent before, and has failed. */
  readonly isRepeated?: boolean
  /** The proxy for an address, where one is to be taken. */
  proxyFor(url: URL): string | undefined
}

/** Nobody waits so long for what he only looks at: `Infinity` would overflow. */
const forever = 2 ** 31 / 1000 - 1

/**
 * Sends a request to one address, once. Resolves with the head of the answer; the address counts as busy until its body has ended.
 * Rejects with an `AttemptFailure`, and with the signal's reason once that aborts.
 */
export async function attempt(input: Attempt): Promise<UpstreamAnswer> {
  const { call, address } = input
  call.signal.throwIfAborted()
  const url = urlOf(address.url, call.path)
  const visit = address.enter({ isRepeated: input.isRepeated })
  const connection = new Connection(input, url)
  try {
    const response = await connection.open()
    if (response.status >= 200 && response.status < 300) return accept(input, { response, connection, visit })
    throw await refused(input, response)
  } catch (error) {
    connection.close()
    if (error instanceof AttemptFailure) note(input, { visit, error })
    visit.leave()
    call.signal.throwIfAborted()
    throw error
  }
}

/** Throws `invalid_parameter` for a path that leads out of the API: the key is for nothing else that may be there. */
function urlOf(base: string, path: string): URL {
  const url = new URL(`${base}/${path}`)
  if (url.href.startsWith(`${new URL(base).href.replace(/\/$/, '')}/`)) return url
  throw invalidParameter('path', 'it leads out of the API of the provider')
}

function note(input: Attempt, { visit, error: { meaning, error } }: { visit: Visit; error: AttemptFailure }): void {
  if (meaning.address === 'alive') {
    answers(input, visit)
    visit.succeed()
  }
  if (meaning.address === 'broken') fail(input, visit, ownWords(error))
  if (meaning.address === 'unknown') visit.rest(meaning.askedSeconds ?? 1)
}

/**
 * Why an address counts as broken, for the log, for lists and for whoever is refused because of it. What a provider says of a request
 * may repeat the request, which is its client's alone.
 */
function ownWords({ upstream, facts, message }: ServerError): string {
  if (upstream?.status !== undefined) return `it answers with status ${statusText(upstream.status)}.`
  return (facts as { problem?: string }).problem ?? message
}

function answers({ log, settings, address }: Attempt, visit: Visit): void {
  if (visit.answer()) log.info('a provider answers again', { provider: settings.name, address: address.shown })
}

function fail({ log, settings, address }: Attempt, visit: Visit, problem: string): void {
  if (!visit.fail(problem)) return
  const { retrySeconds } = address.status()
  log.warn('a provider has failed several times in turn, and is left alone for a while', {
    provider: settings.name,
    address: address.shown,
    problem,
    seconds: retrySeconds,
  })
}

interface Accepted {
  readonly response: Response
  readonly connection: Connection
  readonly visit: Visit
}

/** A web page where an API was asked is somebody else's answer: a portal's, or that of an address that is not the API's. */
function accept(input: Attempt, { response, connection, visit }: Accepted): UpstreamAnswer {
  const { call, address, settings } = input
  const { headers, status } = response
  const body = bodyOf(response)
  if (call.model !== undefined && /^text\/html/i.test(headers.get('content-type') ?? '')) {
    const problem = 'it answers with a web page; base_url is to name where its API is.'
    const facts = { provider: settings.name, problem, upstreamStatus: status }
    throw new AttemptFailure(new ServerError('upstream_failed', facts), answered)
  }
  const packing = packingOf(headers)
  if (packing === 'unknown') {
    const problem = `it packs its answer as ${redact(headers.get('content-encoding') ?? '')}, which nobody asked for.`
    throw new AttemptFailure(new ServerError('upstream_failed', { provider: settings.name, problem }), answered)
  }
  answers(input, visit)
  const { firstByte, idle } = settings.timeouts
  const length = Number(headers.get('content-length') ?? Number.NaN)
  return {
    status,
    headers: packing ? unpackedHeaders(headers) : headers,
    address: address.shown,
    told: (words) => redact(words, secretsOf(input)),
    body: guardBody({
      body: packing ? unpacked(body, packing) : body,
      provider: settings.name,
      expectedBytes: packing || !Number.isSafeInteger(length) ? undefined : length,
      idleSeconds: idle,
      wholeSeconds: call.isStreamed ? forever : firstByte + idle,
      signal: call.signal,
      abort: () => connection.close(),
      onEnd(end) {
        if (end === 'whole') visit.succeed()
        else if (end !== 'left') fail(input, visit, end.problem)
        connection.detach()
        visit.leave()
      },
    }),
  }
}

/** Bun throws where the connection has broken before somebody asks for the body: it is one that has broken off then. */
function bodyOf(response: Response): ReadableStream<Uint8Array> | null {
  try {
    return response.body
  } catch (error) {
    return new ReadableStream({ start: (controller) => controller.error(error) })
  }
}

const secretsOf = ({ key, settings }: Attempt): Secrets => ({ key, values: Object.values(settings.headers) })

const answered: FailureMeaning = { isPassing: false, mayBeDone: true, address: 'alive' }

async function refused(input: Attempt, response: Response): Promise<AttemptFailure> {
  const { call, address, settings, world } = input
  const { status, headers } = response
  const packing = packingOf(headers)
  const body = bodyOf(response)
  const text = packing === 'unknown' ? '' : await readBounded(packing ? unpacked(body, packing) : body)
  const askedSeconds = retryAfterSeconds(headers, world.date(), status === 429)
  const location = headers.get('location')
  const error = refusalOf({
    provider: settings.name,
    status,
    text,
    model: call.model,
    path: call.path.replace(/\?.*$/s, ''),
    retryAfterSeconds: askedSeconds,
    location: location === null ? undefined : shownLocation(location, address.url),
    secrets: secretsOf(input),
    ...(input.key === undefined && { keyVariable: providerVariable(settings.name, 'API_KEY') }),
  })
  // Whoever says that he has too much to do is alive, and whether he is well nobody knows.
  const isFull = error.code === 'upstream_overloaded'
  return new AttemptFailure(error, {
    isPassing: isPassing(status, text),
    // What was turned away was not done; any other failure may have come at the end.
    mayBeDone: status >= 500 && status !== 503,
    address: isFull ? 'unknown' : status < 500 ? 'alive' : 'broken',
    askedSeconds,
  })
}

const shownLocation = (location: string, base: string): string =>
  URL.canParse(location, base) ? shownAddress(new URL(location, base).href) : 'what is no address'

/** One request over HTTP, and what watches over it until its head is there. */
class Connection {
  readonly #input: Attempt
  readonly #url: URL
  readonly #ending = new AbortController()
  #failure: AttemptFailure | undefined
  readonly #stop = () => this.close()

  constructor(input: Attempt, url: URL) {
    this.#input = input
    this.#url = url
    input.call.signal.addEventListener('abort', this.#stop, { once: true })
  }

  /** Ends it, wherever it is. */
  close(): void {
    this.detach()
    this.#ending.abort()
  }

  /** The caller's signal is not listened to any more. */
  detach(): void {
    this.#input.call.signal.removeEventListener('abort', this.#stop)
  }

  async open(): Promise<Response> {
    const { settings, call } = this.#input
    const { connect, firstByte } = settings.timeouts
    const waiting = new AbortController()
    const timers = [
      setTimeout(() => this.#end('upstream_timeout', 'it has not answered.', firstByte), firstByte * 1000),
      setTimeout(() => void this.#knock(connect, waiting.signal).catch(() => {}), connect * 500),
    ]
    try {
      return await fetch(this.#url, this.#options())
    } catch (error) {
      call.signal.throwIfAborted()
      throw this.#failure ?? this.#broken(error)
    } finally {
      for (const timer of timers) clearTimeout(timer)
      waiting.abort()
    }
  }

  #options(): RequestInit {
    const { call, proxyFor } = this.#input
    const proxy = proxyFor(this.#url)
    // The last three are Bun's: it would give up after five minutes of silence, and complain of what cannot be unpacked on stderr.
    // Deno reads the proxy's variables itself.
    const options: RequestInit & { timeout: false; decompress: false; proxy?: string } = {
      method: call.method,
      headers: requestHeaders(this.#input),
      // Whoever redirects would be shown the key, and the prompt.
      redirect: 'manual',
      signal: this.#ending.signal,
      ...(call.body && { body: call.body as Uint8Array<ArrayBuffer> }),
      timeout: false,
      decompress: false,
      ...(proxy && { proxy }),
    }
    return options
  }

  /**
   * Half of the time to connect is gone: who takes no connection in the other half takes none. The signal aborts when the answer
   * has begun: one that takes no more connections may still be at those that it has.
   */
  async #knock(seconds: number, signal: AbortSignal): Promise<void> {
    const { world, proxyFor } = this.#input
    const proxy = proxyFor(this.#url) ?? ''
    const first = URL.canParse(proxy) ? new URL(proxy) : this.#url
    const isThere = await world.knock(first, seconds * 500, signal)
    if (!isThere && !signal.aborted)
      this.#end('upstream_unreachable', `no connection came about within ${seconds} s.`, seconds)
  }

  #end(code: 'upstream_timeout' | 'upstream_unreachable', problem: string, seconds: number): void {
    const provider = this.#input.settings.name
    const error =
      code === 'upstream_timeout'
        ? new ServerError(code, { provider, problem, seconds })
        : new ServerError(code, { provider, problem })
    const isDown = code === 'upstream_unreachable'
    this.#failure = new AttemptFailure(error, { isPassing: isDown, mayBeDone: !isDown, address: 'broken' })
    this.#ending.abort()
  }

  #broken(error: unknown): AttemptFailure {
    const { type, message } = connectionProblem(error, this.#url)
    const facts = { provider: this.#input.settings.name, problem: message }
    const isUp = type === 'closed' || type === 'no-http'
    const code = isUp ? 'upstream_failed' : 'upstream_unreachable'
    return new AttemptFailure(new ServerError(code, facts, { cause: error }), {
      isPassing: type !== 'certificate' && type !== 'no-http',
      mayBeDone: isUp,
      address: 'broken',
    })
  }
}
