import type { Config } from './config/config.ts'
import { messageOf } from './core/errors.ts'
import type { Log } from './observe/log.ts'
import { type Certificate, CertificateError, readCertificate } from './platform/certificate.ts'
import { watchFile } from './platform/watch-file.ts'
import { ListenError, type WebServer } from './platform/web-server.ts'

type Files = Pick<Config, 'tls_cert' | 'tls_key'>

const read = ({ tls_cert: certPath = '', tls_key: keyPath = '' }: Files) =>
  readCertificate({ certPath, keyPath }, new Date())

/** The certificate of the configuration. Rejects with a `ListenError` that says what is wrong with it. */
export async function certificateOf(config: Files, log: Log): Promise<Certificate> {
  if (!config.tls_cert)
    throw new ListenError('HTTPS needs a certificate: set tls_cert and tls_key, or leave https out of listen.')
  try {
    const certificate = await read(config)
    tell(certificate, { log, message: 'the certificate for HTTPS' })
    return certificate
  } catch (error) {
    throw error instanceof CertificateError ? new ListenError(error.message, { cause: error }) : error
  }
}

interface Renewal {
  readonly config: Files
  /** That which is served now. */
  readonly certificate: Certificate
  readonly servers: readonly Pick<WebServer, 'renewCertificate'>[]
  readonly log: Log
  /** Default: 2000. Two files are never written at once. */
  readonly patienceMilliseconds?: number
}

/**
 * Gives the servers the certificate anew when one of its files changes, be it written, replaced, or reached over a link that
 * leads elsewhere now. What cannot be served changes nothing, and the log says why. A server whose address is gone is tried
 * again for as long as it takes.
 */
export function watchCertificate({
  config,
  certificate,
  servers,
  log,
  patienceMilliseconds = 2000,
}: Renewal): Disposable {
  let current = certificate.fingerprint
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const renew = async (isLastTry: boolean) => {
    try {
      const next = await read(config)
      // A server that has stopped would listen again.
      if (isOver || next.fingerprint === current) return
      renewAll(servers, next)
      current = next.fingerprint
      tell(next, { log, message: 'the certificate for HTTPS was renewed' })
    } catch (error) {
      if (isOver) return
      const isDeaf = error instanceof ListenError
      if (isLastTry && !isDeaf) return log.warn(`the certificate for HTTPS stays as it was: ${messageOf(error)}`)
      if (isDeaf) log.error(`HTTPS is not listened for, which is tried again: ${messageOf(error)}`)
      clearTimeout(timer)
      timer = setTimeout(() => void renew(true), patienceMilliseconds)
      timer.unref()
    }
  }
  const onChange = () => void renew(false)
  const files = [config.tls_cert, config.tls_key].filter((path): path is string => Boolean(path))
  const watches = files.map((path) => watchFile(path, { onChange }))
  // What has changed between the first reading and the watch is told by nobody.
  void Promise.all(watches.map(({ ready }) => ready)).then(onChange)
  return {
    [Symbol.dispose]() {
      isOver = true
      clearTimeout(timer)
      for (const watch of watches) watch[Symbol.dispose]()
    },
  }
}

/** All of them, whatever happens to one. Throws what happened, above all that one does not listen any more. */
function renewAll(servers: Renewal['servers'], certificate: Certificate): void {
  const faults = servers.flatMap((server) => {
    try {
      server.renewCertificate(certificate)
      return []
    } catch (error) {
      return [error]
    }
  })
  if (faults.length > 0) throw faults.find((fault) => fault instanceof ListenError) ?? faults[0]
}

function tell({ names, validTo, doubt }: Certificate, { log, message }: { log: Log; message: string }): void {
  log.info(message, { names, expires: validTo.toISOString() })
  if (doubt) log.warn(doubt)
}
