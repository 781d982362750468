import { type ListenOptions, listenAddresses } from '../../config/listen-addresses.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { addressText, type ListenAddress, reachableHost } from '../../platform/listen-address.ts'
import type { CommandContext, Flag } from '../command.ts'

/** The flag of commands that use a running server. */
export const urlFlag: Flag = {
  name: 'url',
  value: 'URL',
  summary:
    'The running server to use, also https://… and unix:/PATH. Absent: --host and --port, or HEARTH_URL, or the address that the configuration has.',
}

/** Where a server is looked for. */
export interface ServerAddress {
  /**
   * Without a slash at its end, or `unix:` and a path; absent where the configuration takes any free port or what systemd
   * hands over, which nobody can know.
   */
  readonly url?: string
  /** File of the certificate that the server of the configuration has: whatever it is, it can be trusted. */
  readonly certificate?: string
  /** Whether somebody named it: then there must be one. */
  readonly isNamed: boolean
}

/** Works out the address; a text that is none is a problem of the command line. */
export function serverAddress(
  { flags, environment }: Pick<CommandContext, 'flags' | 'environment'>,
  options: ListenOptions,
): ServerAddress | { readonly problem: ConfigProblem } {
  // What stands on the command line goes before a variable.
  const isPlaced = flags.host !== undefined || flags.port !== undefined
  const named = flags.url ?? (isPlaced ? undefined : environment.server.url)
  if (named === undefined) return configured(options)
  const path = flags.url === undefined ? 'HEARTH_URL' : '--url'
  if (/^unix:(\/\/)?\/[^?]/.test(named)) return { isNamed: true, url: `unix:${named.replace(/^unix:(\/\/)?/, '')}` }
  const text = named.includes('://') ? named : `http://${named}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    return {
      problem: {
        path,
        message: `found '${named}', expected an address like http://127.0.0.1:8080 or unix:/run/hearth.sock`,
      },
    }
  if (url.username || url.password)
    return { problem: { path, message: 'an address has no name and no password; the key is HEARTH_API_KEY' } }
  // People paste the address that they give to OpenAI's clients.
  const base = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  return { isNamed: true, url: url.origin + base }
}

/** The address of the configuration that asks least: HTTP on this machine needs no certificate that is trusted. */
function configured(options: ListenOptions): ServerAddress {
  const known = listenAddresses(options).filter(
    ({ type, ...rest }) => type === 'unix' || ('port' in rest && rest.port > 0),
  )
  const plain = known.find((address) => address.type === 'tcp' && !address.isSecure)
  const address = plain ?? known.find(({ type }) => type === 'unix') ?? known[0]
  if (!address) return { isNamed: false }
  const { tls_cert: certificate } = options
  const trust = address.type === 'tcp' && address.isSecure && certificate ? { certificate } : {}
  return { isNamed: false, url: addressText(reachable(address)), ...trust }
}

const reachable = (address: ListenAddress): ListenAddress =>
  address.type === 'tcp' ? { ...address, host: reachableHost(address.host) } : address
