/** Lets so many work at once; the others wait in the order in which they came. */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /**
   * Resolves when it is the caller's turn, which lasts until what is returned is disposed of. `onWait` is called once, where
   * it is not at once. Rejects with the signal's reason when that aborts before.
   */
  async take(signal: AbortSignal, onWait?: () => void): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
    else {
      onWait?.()
      await this.#wait(signal)
    }
    let isOver = false
    return {
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        this.#pass()
      },
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        reject(signal.reason)
      }
      this.#waiting.push(begin)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
