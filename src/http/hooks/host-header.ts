import { isIP } from 'node:net'
import { ServerError } from '../../core/errors.ts'

/** Names that a server answers to, in small letters; one that begins with a dot stands for all that end with it. */
export type HostNames = readonly string[] | 'any'

/** This machine, wherever one is. */
const ownNames = ['localhost', '.localhost']

/**
 * Throws `host_not_allowed` where the Host header names another server than this one. A page in a browser can have a name of its
 * own site point to 127.0.0.1 (DNS rebinding) and is then of the same site for the browser; but what it sends still has that
 * name. An address has no name that could have been turned round, and a client without the header is no browser.
 */
export function refuseForeignHost(headers: Headers, allowed: HostNames): void {
  const sent = headers.get('host')
  if (sent && !isOwnHost(sent, allowed)) throw new ServerError('host_not_allowed', { host: sent.slice(0, 253) })
}

/** Whether a Host header names this server. */
export function isOwnHost(sent: string, allowed: HostNames): boolean {
  if (allowed === 'any') return true
  const name = nameIn(sent)
  return name !== undefined && (isIP(name) !== 0 || [...ownNames, ...allowed].some((rule) => answersTo(name, rule)))
}

const answersTo = (name: string, rule: string): boolean => (rule.startsWith('.') ? name.endsWith(rule) : name === rule)

/** Without port, brackets and the dot that may end it; undefined where it is no name. */
function nameIn(host: string): string | undefined {
  const [, address, name] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host.trim()) ?? []
  return (address ?? name)?.toLowerCase().replace(/\.$/, '')
}
