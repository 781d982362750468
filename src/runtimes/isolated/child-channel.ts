import { read, writeSync } from 'node:fs'
import type { GenerationEvent } from '../../core/generation.ts'
import { type FromChild, LineSplitter, type ToChild } from './frames.ts'

const standardInput = 0
const standardOutput = 1

/**
 * Reads frames from standard input until it ends, then calls `onEnd`.
 *
 * With `fs.read`, on purpose: it blocks one thread of the runtime's pool for as long as nothing comes. In a chat child
 * the pool has two threads, so that decodes, too, have one to themselves, always the same. That halves the time of a
 * token, because ggml's helper threads then stay where they are (docs/decisions/2026-11-21-one-decode-thread.md).
 */
export function readFrames(onFrame: (frame: ToChild) => void, onEnd: () => void): void {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const lines = new LineSplitter((line) => onFrame(JSON.parse(line) as ToChild))
  const next = () =>
    read(standardInput, buffer, 0, buffer.length, null, (error, length) => {
      if (error && (error.code === 'EAGAIN' || error.code === 'EINTR')) return void setTimeout(next, 1)
      if (error || length === 0) return onEnd()
      lines.push(buffer.subarray(0, length))
      next()
    })
  next()
}

/**
 * Writing wakes the parent, and on a machine with few cores it then runs where a thread of ggml's wants to be. Right after
 * a decode has begun that is expensive: its helper threads are being made, and the system puts two of them on one core,
 * where they wait for each other for milliseconds. A millisecond later each has a core of its own (measured: with no
 * delay one answer in six is generated at a third of the speed; docs/decisions/2026-11-21-one-decode-thread.md).
 * A child that makes no threads while it decodes may set it to 0.
 */
const defaultFlushMilliseconds = 1

/** Writes frames to standard output or another descriptor; events that happen together go out together. */
export class FrameWriter {
  /** Where frames are written. */
  descriptor = standardOutput
  readonly #flushMilliseconds: number
  #events: [number, GenerationEvent][] = []

  /** How long an event may wait for others to go out with it. */
  constructor(flushMilliseconds = defaultFlushMilliseconds) {
    this.#flushMilliseconds = flushMilliseconds
  }

  send(frame: FromChild): void {
    this.flush()
    writeWhole(this.descriptor, `${JSON.stringify(frame)}\n`)
  }

  /** Goes out a moment later, with everything else that has happened by then. */
  sendEvent(id: number, event: GenerationEvent): void {
    this.#events.push([id, event])
    if (this.#events.length === 1) setTimeout(() => this.flush(), this.#flushMilliseconds)
  }

  /** Writes what has happened, now: for whoever is about to block this thread. */
  flush(): void {
    if (this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    writeWhole(this.descriptor, `${JSON.stringify({ type: 'generation-events', events } satisfies FromChild)}\n`)
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Blocks while the pipe is full: a child has nothing better to do than to wait for its only reader. */
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}
