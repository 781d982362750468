/** Which origins of web pages a rule means. */
export type OriginRule =
  | { readonly type: 'all' }
  | { readonly type: 'exact'; readonly origin: string }
  /** Of a website: its own name or all names below it, on one port or on any. */
  | {
      readonly type: 'site'
      readonly scheme: string
      readonly host: string
      readonly isBelow: boolean
      readonly port: string | 'any'
    }
  /** Of programs that show pages under a scheme of their own. */
  | { readonly type: 'scheme'; readonly scheme: string }

/** A rule that cannot be meant: the end of a sentence that begins with it. */
export class OriginProblem extends Error {
  override readonly name = 'OriginProblem'
}

/**
 * Reads one entry of `cors_origins`: `*`, `null`, `https://chat.example.com`, `https://*.example.com`, `http://localhost:*`,
 * `chrome-extension://ID`, `vscode-webview://*`. Throws `OriginProblem`.
 */
export function readOrigin(entry: string): OriginRule {
  const text = entry.trim()
  if (text === '*') return { type: 'all' }
  if (text === 'null') return { type: 'exact', origin: 'null' }
  const [, scheme = '', host = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(text) ?? []
  if (scheme === '')
    throw new OriginProblem(`has no scheme; write it as https://${text || 'chat.example.com'}, or * for all`)
  if (rest !== '') throw new OriginProblem(`has a path, and origins have none; write ${scheme}://${host}`)
  const known = scheme.toLowerCase()
  if (known === 'http' || known === 'https') return siteRule(known, host)
  if (host === '*') return { type: 'scheme', scheme: known }
  if (!/^[\w.@:-]*$/.test(host))
    throw new OriginProblem('is no origin: behind :// stands one name, or * for all of its scheme')
  return { type: 'exact', origin: `${known}://${host.toLowerCase()}` }
}

function siteRule(scheme: string, host: string): OriginRule {
  const isBelow = host.startsWith('*.')
  const isAnyPort = host.endsWith(':*')
  const name = host.slice(isBelow ? 2 : 0, isAnyPort ? -2 : undefined)
  const address = `${scheme}://${name}`
  if (host === '*') throw new OriginProblem('means all of them; write *')
  if (!/^(\[[0-9a-f:.]+\]|[^\s@[\]\\*:]+)(:\d+)?$/i.test(name) || !URL.canParse(address))
    throw new OriginProblem('names no host; write it as https://chat.example.com or https://*.example.com')
  const url = new URL(address)
  return { type: 'site', scheme, host: url.hostname, isBelow, port: isAnyPort ? 'any' : url.port }
}

/** Whether one of the rules means an origin, as browsers write it. */
export function allowsOrigin(rules: readonly OriginRule[], origin: string): boolean {
  return rules.some((rule) => means(rule, origin))
}

function means(rule: OriginRule, origin: string): boolean {
  if (rule.type === 'all') return true
  if (rule.type === 'exact') return origin.toLowerCase() === rule.origin
  if (rule.type === 'scheme') return origin.toLowerCase().startsWith(`${rule.scheme}://`)
  const site = siteOf(origin)
  if (!site || site.protocol !== `${rule.scheme}:`) return false
  if (rule.port !== 'any' && site.port !== rule.port) return false
  return rule.isBelow ? site.hostname.endsWith(`.${rule.host}`) : site.hostname === rule.host
}

/** The address of a page that is a website's; undefined where it is a program's, a file's, or nobody's. */
export function siteOf(origin: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\s]+$/i.test(origin) || !URL.canParse(origin)) return undefined
  return new URL(origin)
}
