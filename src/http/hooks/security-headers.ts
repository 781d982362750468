/** What a page of an answer may load and do: nothing, since answers are no pages. A page brings a policy of its own. */
const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': nothing,
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  // Answers are somebody's: neither a proxy nor a browser shall keep them.
  'cache-control': 'no-store',
}

/** A year. Only of this name: what stands below it, or beside it on other ports, may be another's. */
const overTls: Readonly<Record<string, string>> = { ...always, 'strict-transport-security': 'max-age=31536000' }

/** Headers that keep browsers from doing with an answer what nobody means. What an answer says itself goes before them. */
export function securityHeaders(request: Pick<Request, 'url' | 'headers'>): Readonly<Record<string, string>> {
  return /^https:/i.test(request.url) && !isLocal(request.headers.get('host') ?? '') ? overTls : always
}

/** All programs of a machine share the name localhost, and most of them speak no TLS. */
const isLocal = (host: string): boolean => /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i.test(host)
