import { createHmac, randomBytes } from 'node:crypto'
import { presentedKey } from './presented-key.ts'

/** Made anew by each process, so that nobody can find out a key by trying texts against its label. */
const secret = randomBytes(32)

/**
 * Who pays for a request where no keys are asked for: a label of the API key that it came with, which does not tell the
 * key (HMAC-SHA256), or 'anonymous' where it came without one. The label is the same for as long as the process runs.
 */
export function shareOf(headers: Headers): string {
  const key = presentedKey(headers)
  return key === undefined ? 'anonymous' : `key-${createHmac('sha256', secret).update(key).digest('hex').slice(0, 32)}`
}
