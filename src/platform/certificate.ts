import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CertificatePair } from './web-server.ts'

/** A certificate that can be served. */
export interface Certificate extends CertificatePair {
  /** Names and addresses that it is for, as `DNS:example.com, IP Address:127.0.0.1`; empty: it names none. */
  readonly names: string
  /** After this it is worth nothing. */
  readonly validTo: Date
  /** Tells it from any other. */
  readonly fingerprint: string
  /** What works, but not with all clients. */
  readonly doubt: string | undefined
}

export interface CertificateFiles {
  readonly certPath: string
  readonly keyPath: string
}

/** What is wrong with the files of a certificate: something to tell a person. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/**
 * Reads a certificate, what it rests on, and its key. Rejects with `CertificateError`, which names the file and what to do,
 * for everything that clients would refuse whatever they trust.
 */
export async function readCertificate({ certPath, keyPath }: CertificateFiles, now: Date): Promise<Certificate> {
  // One after the other, so that of two faults it is always the same that is told.
  const cert = await readPem(certPath, 'tls_cert')
  const key = await readPem(keyPath, 'tls_key')
  const chain = parseChain(cert, certPath)
  const [leaf] = chain
  if (!leaf) throw new CertificateError(noCertificate(cert, certPath))
  const privateKey = parseKey(key, keyPath)
  checkPair(chain, privateKey, { certPath, keyPath })
  const [from, to] = [new Date(leaf.validFrom), new Date(leaf.validTo)]
  if (to <= now) throw new CertificateError(`The certificate in ${certPath} expired on ${day(to)}. Renew it.`)
  if (from > now)
    throw new CertificateError(
      `The certificate in ${certPath} is not valid before ${day(from)}, and today is ${day(now)}. Look at the clock of this machine.`,
    )
  const names = leaf.subjectAltName ?? ''
  return { cert, key, names, validTo: to, fingerprint: leaf.fingerprint256, doubt: doubtOf(chain, certPath) }
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const known: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'this user may not read it',
      EISDIR: 'it is a folder',
    }
    throw new CertificateError(`${option}: ${path} cannot be read: ${known[code ?? ''] ?? message}.`, { cause: error })
  }
}

const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

function parseChain(cert: string, path: string): readonly X509Certificate[] {
  return [...cert.matchAll(block)].map(([text], place) => {
    try {
      return new X509Certificate(text)
    } catch (error) {
      throw new CertificateError(`Certificate ${place + 1} in ${path} is broken.`, { cause: error })
    }
  })
}

const noCertificate = (cert: string, path: string) =>
  cert.includes('PRIVATE KEY-----')
    ? `tls_cert: ${path} holds a private key and no certificate. Are tls_cert and tls_key the wrong way round?`
    : `tls_cert: ${path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).`

function parseKey(key: string, path: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key))
    throw new CertificateError(
      `The key in ${path} is encrypted, and nobody is there to be asked for its passphrase. Take it off: openssl pkey -in ${path} -out key.pem`,
    )
  if (!key.includes('PRIVATE KEY-----'))
    throw new CertificateError(`tls_key: ${path} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----).`)
  try {
    return createPrivateKey(key)
  } catch (error) {
    throw new CertificateError(`The private key in ${path} is broken.`, { cause: error })
  }
}

function checkPair(chain: readonly X509Certificate[], key: KeyObject, { certPath, keyPath }: CertificateFiles): void {
  const place = chain.findIndex((certificate) => certificate.checkPrivateKey(key))
  if (place === 0) return
  throw new CertificateError(
    place < 0
      ? `The key in ${keyPath} does not belong to the certificate in ${certPath}.`
      : `The certificates in ${certPath} are in the wrong order: the one of this server, which is number ${place + 1}, has to be the first, and what it rests on has to follow.`,
  )
}

/** Most clients put a chain in order themselves, and have what is missing. */
function doubtOf(chain: readonly X509Certificate[], path: string): string | undefined {
  const place = chain.findIndex((certificate, at) => {
    const next = chain[at + 1]
    return next !== undefined && !certificate.checkIssued(next)
  })
  return place < 0
    ? undefined
    : `certificate ${place + 2} in ${path} is not what certificate ${place + 1} rests on; some clients will not follow`
}

const day = (date: Date) => date.toISOString().slice(0, 10)
