/** Long enough that somebody who reads an answer and writes the next question does not cost a file each time. */
const usualMilliseconds = 10_000

/** Does a work when nothing has begun for a while. */
export class Rest {
  readonly #work: () => Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** From now on, anew. */
  begin(milliseconds = usualMilliseconds): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#running = this.#work()
    }, milliseconds)
    // Nobody waits for it to come.
    this.#timer.unref()
  }

  /** Resolves when the work is not running and will not begin again. */
  close(): Promise<void> {
    clearTimeout(this.#timer)
    return this.#running
  }
}
