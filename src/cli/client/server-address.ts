import type { Config } from '../../config/config.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import type { CommandContext, Flag } from '../command.ts'

/** The flag of commands that use a running server. */
export const urlFlag: Flag = {
  name: 'url',
  value: 'URL',
  summary:
    'The running server to use. Absent: --host and --port, or HEARTH_URL, or the address that the configuration has.',
}

/** Where a server is looked for. */
export interface ServerAddress {
  /** Without a slash at its end; absent where the configuration takes any free port, which nobody can know. */
  readonly url?: string
  /** Whether somebody named it: then there must be one. */
  readonly isNamed: boolean
}

/** Works out the address; a text that is none is a problem of the command line. */
export function serverAddress(
  { flags, environment }: Pick<CommandContext, 'flags' | 'environment'>,
  { host, port }: Pick<Config, 'host' | 'port'>,
): ServerAddress | { readonly problem: ConfigProblem } {
  // What stands on the command line goes before a variable.
  const isPlaced = flags.host !== undefined || flags.port !== undefined
  const named = flags.url ?? (isPlaced ? undefined : environment.server.url)
  if (named === undefined) return { isNamed: false, ...(port > 0 && { url: `http://${reachable(host)}:${port}` }) }
  const path = flags.url === undefined ? 'HEARTH_URL' : '--url'
  const text = named.includes('://') ? named : `http://${named}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    return { problem: { path, message: `found '${named}', expected an address like http://127.0.0.1:8080` } }
  if (url.username || url.password)
    return { problem: { path, message: 'an address has no name and no password; the key is HEARTH_API_KEY' } }
  // People paste the address that they give to OpenAI's clients.
  const base = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  return { isNamed: true, url: url.origin + base }
}

/** An address of this machine that a client on it can connect to: "every address" is none. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::' || host === '[::]') return '[::1]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
