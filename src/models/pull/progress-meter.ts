import type { PullStep } from './fetch-target.ts'

/** How far a pull is. */
export interface PullProgress {
  readonly model: string
  /** `copy`: what is on this machine is put into the models folder. */
  readonly step: PullStep | 'copy'
  readonly doneBytes: number
  readonly totalBytes?: number
  readonly bytesPerSecond?: number
  readonly secondsLeft?: number
}

const WINDOW_MILLISECONDS = 5000
/** Bytes come thousands of times a second. */
const SAMPLE_MILLISECONDS = 50

/** Turns byte counts into speed and time left, over the last five seconds. */
export class ProgressMeter {
  readonly #now: () => number
  #samples: { readonly at: number; readonly bytes: number }[] = []

  /** `now` gives milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Takes the bytes that are there now; a smaller number than before starts the measurement anew. */
  measure(doneBytes: number, totalBytes: number | undefined): Omit<PullProgress, 'model' | 'step'> {
    const at = this.#now()
    if (doneBytes < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples = []
    if (at - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= SAMPLE_MILLISECONDS)
      this.#samples.push({ at, bytes: doneBytes })
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_MILLISECONDS) this.#samples.shift()
    const first = this.#samples[0] ?? { at, bytes: doneBytes }
    const total = totalBytes === undefined ? {} : { totalBytes }
    if (at <= first.at) return { doneBytes, ...total }
    const bytesPerSecond = ((doneBytes - first.bytes) / (at - first.at)) * 1000
    const isTimeKnown = totalBytes !== undefined && bytesPerSecond > 0
    const time = isTimeKnown ? { secondsLeft: Math.max(0, totalBytes - doneBytes) / bytesPerSecond } : {}
    return { doneBytes, ...total, bytesPerSecond, ...time }
  }
}
