import { ServerError } from '../../core/errors.ts'
import type { RunningRequest } from './running-request.ts'

/** The requests that work with models now, or wait for that; the oldest first. */
export class RunningRequests implements Iterable<RunningRequest> {
  readonly #requests = new Set<RunningRequest>()

  add(request: RunningRequest): void {
    this.#requests.add(request)
  }

  delete(request: RunningRequest): void {
    this.#requests.delete(request)
  }

  [Symbol.iterator](): Iterator<RunningRequest> {
    return this.#requests.values()
  }

  /** Ends those that are meant, and answers which they were: their clients get `request_stopped`. */
  stop(isMeant: (request: RunningRequest) => boolean): readonly RunningRequest[] {
    const meant = [...this.#requests].filter(isMeant)
    for (const request of meant) request.stop(new ServerError('request_stopped', {}))
    return meant
  }
}
