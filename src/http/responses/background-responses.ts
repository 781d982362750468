import { type EagerIterator, over } from '../../core/eager-iterator.ts'
import { ServerError } from '../../core/errors.ts'
import type { ResponseEvent } from '../../protocol/openai/responses/events.wire.ts'
import type { ResponseObject } from '../../protocol/openai/responses/response.wire.ts'

/** What is to be made in the background. */
export interface BackgroundWork {
  readonly id: string
  /** The API key that it was asked for with. Absent: none was asked for, and it is everybody's. */
  readonly keyId?: string
  /** The model that makes it. */
  readonly model: string
  /** As it stands at any time. */
  response(): ResponseObject
  /** Makes it. Never throws, and ends soon once the signal aborts; a `ServerError` as the reason is why it has failed. */
  run(signal: AbortSignal): AsyncIterable<ResponseEvent>
  /** Called once with everything that was told. Answers whether it is kept and may be forgotten here. */
  settle(events: readonly ResponseEvent[]): boolean
}

/** A response that is being made in the background by this server. */
export interface BackgroundResponse {
  readonly keyId: string | undefined
  response(): ResponseObject
  /** Its events after that number, from the past and as they come. Ends with the last one, or once the signal aborts. */
  follow(after: number, signal: AbortSignal): EagerIterator<ResponseEvent>
  /** Resolves when it has ended, however it did. */
  cancel(): Promise<void>
}

/** What requests do with responses that are being made while nobody need be waiting for them. */
export interface ResponsesInBackground {
  /** Throws `too_many_background` when one more of this model would be too many. */
  check(model: string): void
  /** Begins at once. Throws `too_many_background`. */
  start(work: BackgroundWork): BackgroundResponse
  find(id: string): BackgroundResponse | undefined
  forget(id: string): void
}

/** All of them, so many for each model at most. */
export class BackgroundResponses implements ResponsesInBackground {
  readonly #limit: () => number
  readonly #jobs = new Map<string, Job>()

  /** The limit may change at any time. */
  constructor(limit: number | (() => number)) {
    this.#limit = typeof limit === 'number' ? () => limit : limit
  }

  check(model: string): void {
    const running = [...this.#jobs.values()].filter((job) => job.model === model && !job.isOver).length
    if (running >= this.#limit())
      throw new ServerError('too_many_background', { param: 'background', model, running, retryAfterSeconds: 5 })
  }

  start(work: BackgroundWork): BackgroundResponse {
    this.check(work.model)
    const job = new Job(work)
    this.#jobs.set(work.id, job)
    void job.over.then((isKept) => {
      // What could not be kept can be fetched from here until the server ends.
      if (isKept) this.#jobs.delete(work.id)
    })
    return job
  }

  find(id: string): BackgroundResponse | undefined {
    return this.#jobs.get(id)
  }

  forget(id: string): void {
    this.#jobs.delete(id)
  }

  /** The server ends: what is not done yet has failed. Resolves when all of it is kept as that. */
  async stop(): Promise<void> {
    const reason = new ServerError('shutting_down', {})
    await Promise.all([...this.#jobs.values()].map((job) => job.end(reason)))
  }
}

class Job implements BackgroundResponse {
  /** Whether it is kept, once it is over. */
  readonly over: Promise<boolean>
  isOver = false
  readonly #work: BackgroundWork
  readonly #events: ResponseEvent[] = []
  readonly #departure = new AbortController()
  #news = Promise.withResolvers<void>()

  constructor(work: BackgroundWork) {
    this.#work = work
    this.over = this.#run()
  }

  get model(): string {
    return this.#work.model
  }

  get keyId(): string | undefined {
    return this.#work.keyId
  }

  response(): ResponseObject {
    return this.#work.response()
  }

  follow(after: number, signal: AbortSignal): EagerIterator<ResponseEvent> {
    let told = after
    let isLeft = signal.aborted
    const gone = Promise.withResolvers<void>()
    const leave = () => {
      isLeft = true
      gone.resolve()
    }
    signal.addEventListener('abort', leave, { once: true })
    const ready = () => {
      const value = this.#events[told + 1]
      if (isLeft || (!value && this.isOver)) return over
      if (!value) return undefined
      told++
      return { done: false, value } as const
    }
    return {
      ready,
      next: async () => {
        for (let next = ready(); ; next = ready()) {
          if (next) return next
          await Promise.race([this.#news.promise, gone.promise])
        }
      },
      return: async () => {
        leave()
        return over
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  cancel(): Promise<void> {
    return this.end()
  }

  async end(reason?: ServerError): Promise<void> {
    this.#departure.abort(reason)
    await this.over
  }

  async #run(): Promise<boolean> {
    for await (const event of this.#work.run(this.#departure.signal)) {
      this.#events.push(event)
      this.#tell()
    }
    this.isOver = true
    this.#tell()
    return this.#work.settle(this.#events)
  }

  #tell(): void {
    const { resolve } = this.#news
    this.#news = Promise.withResolvers<void>()
    resolve()
  }
}
