import { ServerError } from '../../core/errors.ts'

/** Seconds after which one of many requests has probably ended. */
const retryAfterSeconds = 1

/** Counts the requests that run and wait, and lets no more in than may be at once. */
export class RequestGate {
  #inside = 0

  /** Throws `too_many_requests`. The request is inside until what comes back is disposed of. */
  enter(limit: number): Disposable {
    if (this.#inside >= limit) throw new ServerError('too_many_requests', { limit, retryAfterSeconds })
    this.#inside++
    let isInside = true
    return {
      [Symbol.dispose]: () => {
        if (isInside) this.#inside--
        isInside = false
      },
    }
  }
}
