/**
 * Rings at a time that may be put off again and again. That costs a number and no timer: the one timer that there is
 * looks at its end whether the time has come, and else waits for the rest of it.
 */
export class Alarm {
  #timer: NodeJS.Timeout | undefined
  #timerEnd = 0
  #end = Number.POSITIVE_INFINITY
  #ring: () => void = () => {}

  /** Rings once, so many milliseconds from now, instead of what was set before. */
  set(milliseconds: number, ring: () => void): void {
    this.#ring = ring
    this.#end = performance.now() + milliseconds
    if (this.#timer === undefined || this.#timerEnd > this.#end) this.#start()
  }

  /** It does not ring until it is set again. The timer may run on for as long as it was to. */
  clear(): void {
    this.#end = Number.POSITIVE_INFINITY
  }

  /** It does not ring, and no timer is left. */
  stop(): void {
    this.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timerEnd = this.#end
    this.#timer = setTimeout(() => this.#look(), Math.max(0, this.#end - performance.now()))
  }

  #look(): void {
    this.#timer = undefined
    if (this.#end === Number.POSITIVE_INFINITY) return
    // Timers of whole milliseconds may end a little early.
    if (this.#end - performance.now() > 1) this.#start()
    else {
      this.clear()
      this.#ring()
    }
  }
}
