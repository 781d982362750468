export interface JobCall<Event> {
  readonly signal: AbortSignal
  readonly onEvent: (event: Event) => void
}

interface Running<Result, Event> {
  readonly result: Promise<Result>
  readonly listeners: Set<(event: Event) => void>
  readonly controller: AbortController
}

/** Work that is done once however many ask for it at the same time: all get its events and its result. */
export class SharedJobs<Result, Event> {
  readonly #running = new Map<string, Running<Result, Event>>()

  /**
   * Joins the job of that key, or starts it. Once the signal aborts the call rejects with the signal's reason, and the
   * job itself is aborted when all who asked for it have left; then the last to leave waits until it has ended.
   */
  async run(key: string, call: JobCall<Event>, start: (job: JobCall<Event>) => Promise<Result>): Promise<Result> {
    call.signal.throwIfAborted()
    const job = this.#running.get(key) ?? this.#start(key, start)
    // Two callers may pass the same function: each is a listener of its own.
    const listener = (event: Event) => call.onEvent(event)
    job.listeners.add(listener)
    const left = Promise.withResolvers<never>()
    const leave = () => {
      job.listeners.delete(listener)
      if (job.listeners.size > 0) return left.reject(call.signal.reason)
      this.#running.delete(key)
      job.controller.abort(call.signal.reason)
    }
    call.signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([job.result, left.promise])
    } finally {
      call.signal.removeEventListener('abort', leave)
      job.listeners.delete(listener)
    }
  }

  #start(key: string, start: (job: JobCall<Event>) => Promise<Result>): Running<Result, Event> {
    const listeners = new Set<(event: Event) => void>()
    const controller = new AbortController()
    const onEvent = (event: Event) => {
      for (const listener of listeners) listener(event)
    }
    const result = start({ signal: controller.signal, onEvent })
    const job: Running<Result, Event> = { result, listeners, controller }
    this.#running.set(key, job)
    const end = () => {
      if (this.#running.get(key) === job) this.#running.delete(key)
    }
    result.then(end, end)
    return job
  }
}
