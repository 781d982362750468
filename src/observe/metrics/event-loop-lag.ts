const everyMilliseconds = 500

/** How long the event loop is held up. `monitorEventLoopDelay` of node:perf_hooks measures nothing under Deno. */
export class EventLoopLag {
  #largest = 0
  #expected = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /** Seconds: the longest time since the last call that something due had to wait. The first call begins to measure. */
  takeSeconds(): number {
    this.#begin()
    this.#look()
    const largest = this.#largest
    this.#largest = 0
    return largest / 1000
  }

  #begin(): void {
    if (this.#timer) return
    this.#expected = performance.now() + everyMilliseconds
    this.#timer = setInterval(() => {
      this.#look()
      this.#expected = performance.now() + everyMilliseconds
    }, everyMilliseconds)
    // It keeps nobody from ending.
    this.#timer.unref?.()
  }

  #look(): void {
    this.#largest = Math.max(this.#largest, performance.now() - this.#expected)
  }
}
