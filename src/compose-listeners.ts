import { isForOthers, type KnownAddress, knownAddresses } from './compose-addresses.ts'
import { certificateOf, watchCertificate } from './compose-certificate.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import type { Log } from './observe/log.ts'
import { limitConnections } from './platform/connection-limit.ts'
import { serve } from './platform/serve.ts'
import { freeSocketPath } from './platform/socket-file.ts'
import type { CertificatePair, ListenPlace, ServeHandler, WebServer } from './platform/web-server.ts'

export interface ListenInput {
  readonly config: Config
  readonly environment: Environment
  readonly log: Log
  readonly fetch: ServeHandler['fetch']
}

/** Every address that a server listens on, as one. */
export interface Listeners extends Pick<WebServer, 'stop' | 'closeNow' | 'pending'> {
  /** In the order of the configuration, with the ports that were really taken. */
  readonly urls: readonly string[]
  /** Whether other machines can connect. */
  readonly isForOthers: boolean
}

/**
 * Listens on every address of the configuration, or on none: rejects with a `ListenError` for the first that cannot be had,
 * or that has no certificate.
 */
export async function openListeners(input: ListenInput): Promise<Listeners> {
  const { config, log } = input
  const addresses = knownAddresses(input)
  const isSecure = addresses.some(({ address }) => address.type === 'tcp' && address.isSecure)
  const certificate = isSecure ? await certificateOf(config, log) : undefined
  const opened: WebServer[] = []
  try {
    for (const known of addresses) opened.push(await open(known, { ...input, certificate }))
  } catch (error) {
    await Promise.all(opened.map((server) => server.closeNow()))
    throw error
  }
  const secure = opened.filter(({ url }) => url.startsWith('https:'))
  const watches = [
    certificate && watchCertificate({ config, certificate, servers: secure, log }),
    limitConnectionsOf(opened, input),
  ]
  const unwatch = () => {
    for (const watch of watches) watch?.[Symbol.dispose]()
  }
  return {
    urls: opened.map(({ url }) => url),
    isForOthers: isForOthers(addresses),
    pending: () => opened.reduce((sum, server) => sum + server.pending(), 0),
    async stop() {
      unwatch()
      await Promise.all(opened.map((server) => server.stop()))
    },
    async closeNow() {
      unwatch()
      await Promise.all(opened.map((server) => server.closeNow()))
    },
  }
}

/** Those of unix sockets are of this machine, and count for nothing. */
function limitConnectionsOf(servers: readonly WebServer[], { config, log }: ListenInput): Disposable {
  return limitConnections({
    most: config.max_connections,
    ports: servers.flatMap(({ url }) => (url.startsWith('unix:') ? [] : [portOf(url)])),
    busyPorts: () => new Set(servers.flatMap((server) => server.busyPorts?.() ?? [])),
    onClose: (closed, most) =>
      log.warn('connections were closed that nothing was answered on: there were too many', { closed, most }),
    onFault: (reason) => log.warn('max_connections does nothing: connections cannot be counted here', { reason }),
  })
}

/** URL leaves out the port that a scheme has anyway. */
const portOf = (url: string) => Number(/:(\d+)$/.exec(url)?.[1])

type OpenInput = ListenInput & { readonly certificate: CertificatePair | undefined }

async function open(known: KnownAddress, { config, log, fetch, certificate }: OpenInput): Promise<WebServer> {
  const { address } = known
  if (address.type === 'unix' && !known.handed) await freeSocketPath(address.path)
  return serve({
    ...placeOf(known, { certificate, isListed: config.listen !== undefined }),
    idleSeconds: config.read_timeout_seconds,
    // What is a little too large reaches the routes, which say so; what is far too large gets a bare 431.
    headBytes: 2 * config.max_header_bytes,
    log,
    fetch,
  })
}

function placeOf(
  { address, handed }: KnownAddress,
  { certificate, isListed }: { certificate: CertificatePair | undefined; isListed: boolean },
): ListenPlace {
  const tls = address.type === 'tcp' && address.isSecure && certificate
  const secure = tls ? { tls: { cert: tls.cert, key: tls.key } } : {}
  if (handed) return { descriptor: handed.descriptor, url: handed.url, ...secure }
  if (address.type === 'unix') return { path: address.path, mode: address.mode }
  const { host, port } = address
  return { host, port, ...secure, ...(isListed && { entry: `${host}:${port}` }) }
}
