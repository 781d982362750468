import { isAbsolute } from 'node:path'
import { addressText, type ListenAddress } from '../platform/listen-address.ts'
import type { Config } from './config.ts'

/** What the addresses of a server are made from. */
export type ListenOptions = Pick<Config, 'listen' | 'host' | 'port' | 'tls_cert'>

/** Where the server is to listen: `listen`, or `host` and `port`. Entries that are wrong are left out: see `listenProblems`. */
export function listenAddresses({ listen = [], host, port, tls_cert: cert }: ListenOptions): readonly ListenAddress[] {
  if (listen.length === 0)
    return [{ type: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port, isSecure: Boolean(cert) }]
  return listen.map(parseEntry).filter((address) => typeof address !== 'string')
}

/** What is wrong with an option, or with an entry of `listen`. */
export interface ListenProblem {
  readonly key: 'listen' | 'tls_cert' | 'tls_key'
  readonly entry?: number
  readonly message: string
}

/** What is wrong with these options together. */
export function listenProblems(
  options: Partial<Pick<Config, 'listen' | 'tls_cert' | 'tls_key'>>,
): readonly ListenProblem[] {
  const { listen = [], tls_cert: cert, tls_key: key } = options
  const parsed = listen.map(parseEntry)
  const wrong = parsed.flatMap((found, entry) =>
    typeof found === 'string' ? [{ key: 'listen' as const, entry, message: found }] : [],
  )
  const secure = parsed.findIndex((found) => typeof found !== 'string' && found.type === 'tcp' && found.isSecure)
  const mayBeSecure = listen.length === 0 || secure >= 0 || parsed.some((found) => isSystemd(found))
  return [
    ...wrong,
    ...repeated(parsed),
    ...twiceEverywhere(parsed),
    ...(cert && !key ? [{ key: 'tls_cert' as const, message: 'the certificate needs its key: set tls_key too' }] : []),
    ...(key && !cert ? [{ key: 'tls_key' as const, message: 'a key needs its certificate: set tls_cert too' }] : []),
    ...(secure >= 0 && !cert
      ? [
          {
            key: 'listen' as const,
            entry: secure,
            message: `found '${listen[secure]}', which needs tls_cert and tls_key`,
          },
        ]
      : []),
    ...(cert && !mayBeSecure
      ? [{ key: 'tls_cert' as const, message: 'no address in listen begins with https://, so nothing would use it' }]
      : []),
  ]
}

const isSystemd = (found: ListenAddress | string) => typeof found !== 'string' && found.type === 'systemd'

function repeated(parsed: readonly (ListenAddress | string)[]): readonly ListenProblem[] {
  const seen = new Map<string, string>()
  return parsed.flatMap((found, entry) => {
    if (typeof found === 'string' || (found.type === 'tcp' && found.port === 0)) return []
    const [text, place] = [addressText(found), placeOf(found)]
    const before = seen.get(place)
    seen.set(place, text)
    const message = `found '${text}', and '${before}' is there already; one place takes one of them`
    return before === undefined ? [] : [{ key: 'listen' as const, entry, message }]
  })
}

/** The system would say of the second that its port is in use. */
const twiceEverywhere = (parsed: readonly (ListenAddress | string)[]): readonly ListenProblem[] =>
  parsed.flatMap((found, entry) => {
    if (typeof found === 'string' || found.type !== 'tcp' || found.host !== '0.0.0.0' || found.port === 0) return []
    const isCovered = parsed.some((other) => typeof other !== 'string' && placeOf(other) === `:: ${found.port}`)
    const message = `found '${addressText(found)}', and [::]:${found.port} is there too: [::] takes IPv4 as well, leave this one out`
    return isCovered ? [{ key: 'listen' as const, entry, message }] : []
  })

const placeOf = (address: ListenAddress) =>
  address.type === 'tcp' ? `${address.host.toLowerCase()} ${address.port}` : addressText(address)

const expected = 'expected http://HOST:PORT, https://HOST:PORT, unix:/PATH or systemd'

/** One entry of `listen`; a text says what is wrong with it. */
function parseEntry(text: string): ListenAddress | string {
  const entry = text.trim()
  if (entry === 'systemd') return { type: 'systemd' }
  if (entry.startsWith('unix:')) return parseSocketFile(entry)
  const match = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[^\s[\]:/?#@]+):(\d{1,5})\/?$/i.exec(entry)
  if (!match) return `found '${text}', ${expected}${hintFor(entry)}`
  const [, scheme = 'http', host = '', port = ''] = match
  if (Number(port) > 65535) return `found '${text}', and there is no port above 65535`
  if (host === '*') return `found '${text}'; every address of this machine is 0.0.0.0, or [::] with IPv6`
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return { type: 'tcp', host: bare, port: Number(port), isSecure: scheme.toLowerCase() === 'https' }
}

function hintFor(entry: string): string {
  if (/^:\d+$/.test(entry)) return '; every address of this machine is 0.0.0.0'
  if (/^(https?:\/\/)?[^/:]+\/?$/.test(entry)) return '; the port is missing'
  if (/^(https?:\/\/)?[^/]+\/./.test(entry)) return '; a path goes into base_path'
  return (entry.match(/:/g)?.length ?? 0) > 2 ? '; an IPv6 address stands in brackets' : ''
}

/** What the system takes, without the zero at its end. */
const longestSocketPath = 107

function parseSocketFile(entry: string): ListenAddress | string {
  const [, path = '', query] = /^unix:(?:\/\/(?=\/))?([^?]*)(?:\?(.*))?$/s.exec(entry) ?? []
  if (path.startsWith('@')) return `found '${entry}': abstract sockets are open to every user; choose a path`
  if (!isAbsolute(path)) return `found '${entry}', expected an absolute path, as in unix:/run/hearth/hearth.sock`
  const bytes = Buffer.byteLength(path)
  if (bytes > longestSocketPath || path.includes('\0'))
    return `found '${entry}': a path of ${bytes} bytes, and sockets may have ${longestSocketPath}`
  const mode = query === undefined ? '660' : /^mode=0?([0-7]{3})$/.exec(query)?.[1]
  if (mode === undefined) return `found '${entry}', expected nothing behind the path but ?mode=0660 or so`
  return { type: 'unix', path, mode: Number.parseInt(mode, 8) }
}
