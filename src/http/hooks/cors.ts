import { ServerError } from '../../core/errors.ts'
import { allowsOrigin, type OriginRule, readOrigin, siteOf } from '../../core/origins.ts'

/** What the configuration allows; it was checked when it was read. */
const readRules = new WeakMap<readonly string[], readonly OriginRule[]>()

function rulesOf(origins: readonly string[]): readonly OriginRule[] {
  const known = readRules.get(origins) ?? origins.map(readOrigin)
  readRules.set(origins, known)
  return known
}

/** What a request says of the page that it comes from. */
export interface PageOrigin {
  /** The header Origin; absent: it is no page's, or that of this server which only reads. */
  readonly origin?: string
  /** `allowed`: by its name. `all`: since all pages are. `own`: this server's. `foreign`: nobody has allowed it. */
  readonly standing: 'none' | 'own' | 'allowed' | 'all' | 'foreign'
}

/**
 * Tells whether the page that had a browser send this may use the server. `reachedAs` is the name under which it came to a proxy
 * that is trusted. Pure.
 */
export function pageOriginOf(headers: Headers, allowed: readonly string[], reachedAs?: string): PageOrigin {
  const origin = headers.get('origin')
  if (origin === null) return { standing: 'none' }
  const rules = rulesOf(allowed)
  if (
    allowsOrigin(
      rules.filter(({ type }) => type !== 'all'),
      origin,
    )
  )
    return { origin, standing: 'allowed' }
  if (isOwn(origin, headers, reachedAs)) return { origin, standing: 'own' }
  return { origin, standing: rules.length > 0 && allowsOrigin(rules, origin) ? 'all' : 'foreign' }
}

/** A proxy may have another name in the Host header than the page has, but the browser has compared them before. */
function isOwn(origin: string, headers: Headers, reachedAs: string | undefined): boolean {
  if (headers.get('sec-fetch-site') === 'same-origin') return true
  const host = siteOf(origin)?.host
  return host !== undefined && [headers.get('host'), reachedAs].some((name) => name?.toLowerCase() === host)
}

/** Headers with which a page may read an answer: on every answer, be it an error or a stream. */
export function corsHeaders(
  { origin, standing }: PageOrigin,
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  if (allowed.length === 0) return {}
  const vary = { vary: 'Origin' }
  if (origin === undefined || standing === 'own' || standing === 'foreign') return vary
  const exposed = { 'access-control-expose-headers': exposedHeaders }
  if (standing === 'all') return { ...vary, ...exposed, 'access-control-allow-origin': '*' }
  return { ...vary, ...exposed, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
}

const exposedHeaders = [
  'x-request-id',
  'x-correlation-id',
  'retry-after',
  'www-authenticate',
  'location',
  ...['limit', 'remaining', 'reset'].flatMap((what) =>
    ['requests', 'tokens', 'tokens-day'].map((of) => `x-ratelimit-${what}-${of}`),
  ),
  'x-hearth-model',
  'x-hearth-provider',
  'x-hearth-tried',
].join(', ')

/** A browser asks whether a page may send a request that is none of the simple ones. */
export const isPreflight = (request: Request): boolean =>
  request.method === 'OPTIONS' && request.headers.has('origin') && request.headers.has('access-control-request-method')

/**
 * What a preflight is answered with besides `corsHeaders`. `methods` are those of the path; none: there is no such path, which
 * the request itself will be told. Throws `origin_not_allowed`.
 */
export function preflightHeaders(
  headers: Headers,
  { origin = '', standing }: PageOrigin,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  if (standing === 'foreign') throw new ServerError('origin_not_allowed', { origin: shown(origin) })
  const asked = headers.get('access-control-request-headers') ?? ''
  const wanted = headers.get('access-control-request-method') ?? ''
  const isPrivate = headers.get('access-control-request-private-network') === 'true'
  return {
    vary: 'Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods':
      methods.length > 0 ? methods.join(', ') : /^[A-Z]{1,16}$/.test(wanted) ? wanted : 'GET',
    ...(/^[\w!#$%&'*+.^`|~ ,-]{1,4096}$/.test(asked) && { 'access-control-allow-headers': asked }),
    // Chromium keeps it for no longer.
    'access-control-max-age': '7200',
    ...(isPrivate && { 'access-control-allow-private-network': 'true' }),
  }
}

/**
 * Throws `origin_not_allowed` for what a page of another website has sent. A page's name is all that a browser tells of it, and
 * one that may not read the answer has no business with it. Pages that programs show under schemes of their own, or as files,
 * are no websites; browsers still keep the answer from them unless they are allowed by name.
 */
export function refuseForeignOrigin({ origin = '', standing }: PageOrigin, headers: Headers): void {
  const site = siteOf(origin)
  if (standing !== 'foreign' || !site) return
  const host = headers.get('host')
  const own = host !== null && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined
  // A page of the same machine: what it may not read, its browser keeps from it.
  if (own === undefined || site.hostname === own || headers.get('sec-fetch-site') === 'same-site') return
  throw new ServerError('origin_not_allowed', { origin: shown(origin) })
}

/** What a header says is shown as what it can be at most. */
const shown = (origin: string): string => origin.replace(/[^\w!#$%&'*+.:/@[\]~-]/g, '?').slice(0, 253)
