import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Many clients want `sk-`; the rest lets scanners for secrets tell whose key it is. */
export const prefix = 'sk-hearth-'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 62^43 is more than 2^256. */
const secretLength = 43
const checksumLength = 6
const shownLength = prefix.length + 4

/** A new secret: the prefix, 256 random bits in base 62, and their CRC-32 in base 62, as tokens of GitHub have it. */
export function makeSecret(): string {
  const random = inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretLength)
  return `${prefix}${random}${checksumOf(random)}`
}

/**
 * SHA-256, in hexadecimal digits. A slow hash with a salt (bcrypt, Argon2) is for what people think up: nobody can try
 * 2^256 secrets, however fast, and every request is looked up by this.
 */
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** What may be shown of a secret: 232 of its bits stay unknown. */
export const startOf = (secret: string): string => secret.slice(0, shownLength)

/** Whether a text wants to be one of our secrets and cannot be one: a letter is wrong, or a part is missing. */
export function isMistyped(text: string): boolean {
  if (!text.startsWith(prefix)) return false
  const random = text.slice(prefix.length, -checksumLength)
  return random.length !== secretLength || text.slice(-checksumLength) !== checksumOf(random)
}

const checksumOf = (random: string): string => inBase62(BigInt(crc32(random)), checksumLength)

function inBase62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = digits[Number(rest % 62n)] + text
  return text.padStart(length, '0')
}
