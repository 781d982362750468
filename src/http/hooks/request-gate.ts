import { ServerError } from '../../core/errors.ts'

/** Seconds after which one of many requests has probably ended. */
const retryAfterSeconds = 1

/** Bytes of each body that count for nothing: small requests get in however many large ones there are. */
const freeBytes = 2 ** 20

/** The place of one request among those that work; it is given up by being disposed of. */
export interface RequestPlace extends Disposable {
  /** So many bytes more of its body are kept. Throws `too_much_at_once` where all large bodies together would have more than `limit`. */
  hold(bytes: number, limit: number): void
}

/** Counts the requests that run and wait and what they have sent, and lets no more in than may be at once. */
export class RequestGate {
  #inside = 0
  #heldBytes = 0

  /** Throws `too_many_requests`. The request is inside until what comes back is disposed of. */
  enter(limit: number): RequestPlace {
    if (this.#inside >= limit) throw new ServerError('too_many_requests', { limit, retryAfterSeconds })
    this.#inside++
    let isInside = true
    let sent = 0
    let held = 0
    return {
      hold: (bytes, limit) => {
        sent += bytes
        const more = Math.max(0, sent - freeBytes) - held
        if (!isInside || more === 0) return
        if (this.#heldBytes + more > limit) throw new ServerError('too_much_at_once', { limit, retryAfterSeconds })
        held += more
        this.#heldBytes += more
      },
      [Symbol.dispose]: () => {
        if (!isInside) return
        isInside = false
        this.#inside--
        this.#heldBytes -= held
      },
    }
  }
}
