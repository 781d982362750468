import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate that was made for a test, and its key. */
export interface MadeCertificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
  readonly name: string
  readonly privateKey: KeyObject
}

interface Wish {
  /** Common name. */
  readonly name: string
  /** Names and IPv4 addresses that it is for. Default: localhost and 127.0.0.1. */
  readonly hosts?: readonly string[]
  /** Default: a day ago. */
  readonly from?: Date
  /** Default: in a day. */
  readonly to?: Date
  /** Who vouches for it. Absent: it does itself. */
  readonly issuer?: MadeCertificate
  /** Whether it may vouch for others. */
  readonly isAuthority?: boolean
}

const dayMilliseconds = 24 * 60 * 60 * 1000
let serial = 1

/** Makes an X.509 certificate (RFC 5280) with a new key on P-256. */
export function makeCertificate(wish: Wish): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const {
    name,
    issuer,
    from = new Date(Date.now() - dayMilliseconds),
    to = new Date(Date.now() + dayMilliseconds),
  } = wish
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(serial++),
    ecdsaWithSha256,
    nameOf(issuer?.name ?? name),
    sequence(time(from), time(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(wish))),
  )
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey)
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.of(0), signature))
  const lines = der
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    privateKey,
  }
}

function extensions({ hosts = ['localhost', '127.0.0.1'], isAuthority = false }: Wish): Buffer[] {
  const named = hosts.map((host) =>
    isIP(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
  )
  const constraints = sequence(...(isAuthority ? [tagged(0x01, Buffer.of(0xff))] : []))
  return [
    sequence(identifier('551d13'), tagged(0x01, Buffer.of(0xff)), tagged(0x04, constraints)),
    ...(named.length === 0 ? [] : [sequence(identifier('551d11'), tagged(0x04, sequence(...named)))]),
  ]
}

/** An element of DER. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts)
const identifier = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'))
const integer = (value: number) => tagged(0x02, Buffer.from(value < 128 ? [value] : [value >> 8, value & 0xff]))
const nameOf = (name: string) => sequence(tagged(0x31, sequence(identifier('550403'), tagged(0x0c, Buffer.from(name)))))
/** GeneralizedTime, which clients take for every year. */
const time = (date: Date) => tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`))
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'))
