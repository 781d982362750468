/** A URL without the path under which a reverse proxy has this server; one that is not under it stays as it is. */
export function withoutBase(url: URL, base: string): URL {
  if (!isUnder(url.pathname, base)) return url
  const inner = new URL(url)
  inner.pathname = url.pathname.slice(base.length) || '/'
  return inner
}

const isUnder = (path: string, base: string) => base !== '' && (path === base || path.startsWith(`${base}/`))

/** What a proxy says is taken for a path and nothing else: it gets into pages. */
const plainPath = /^(?:\/[\w.~-]+){1,16}\/?$/

/**
 * What stands before a path in links for this client: the base path where the request came under it, or what the proxy has
 * taken off, as X-Forwarded-Prefix says. Empty: nothing.
 */
export function linkPrefix({ request, base }: { request: Request; base: string }): string {
  if (isUnder(pathOf(request.url), base)) return base
  const said = request.headers.get('x-forwarded-prefix')?.split(',')[0]?.trim() ?? ''
  return said.length <= 256 && plainPath.test(said) ? said.replace(/\/$/, '') : ''
}

/** Bun gives the path alone where the Host header is absent. */
const pathOf = (url: string) => url.replace(/^\w+:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '')
