import { type Options, Presets, SingleBar } from 'cli-progress'
import { duration, size } from './human-units.ts'
import type { PullProgress } from './progress-meter.ts'

/** Shows progress to a person: as a bar on a terminal, otherwise as a line every few seconds. */
export interface ProgressDisplay {
  show(progress: PullProgress): void
  /** Writes a line beside the progress, without tearing it. */
  say(line: string): void
  /** To be called before anything else is written; the display can be used again afterwards. */
  end(): void
}

export interface DisplayOptions {
  /** Standard error of the process, usually. */
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Milliseconds that never go back. */
  readonly now?: () => number
}

const LINE_MILLISECONDS = 3000

const steps: Readonly<Record<PullProgress['step'], string>> = {
  wait: 'waiting for',
  resolve: 'looking at',
  download: 'fetching',
  verify: 'checking',
  unpack: 'unpacking',
  convert: 'converting',
  copy: 'copying',
}

/** Chooses the display that suits the stream. */
export function createProgressDisplay({ stream, now = () => performance.now() }: DisplayOptions): ProgressDisplay {
  return stream.isTTY ? barDisplay(stream) : lineDisplay(stream, now)
}

function barDisplay(stream: NodeJS.WritableStream): ProgressDisplay {
  let bar: SingleBar | undefined
  let shown = ''
  const end = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    show(progress) {
      const title = `${steps[progress.step]} ${progress.model}`
      if (title !== shown) end()
      shown = title
      const { doneBytes, totalBytes = 0 } = progress
      const payload = { title, facts: factsOf(progress) }
      if (bar) {
        bar.setTotal(Math.max(totalBytes, doneBytes))
        bar.update(doneBytes, payload)
      } else {
        bar = new SingleBar(barOptions(stream), Presets.shades_classic)
        bar.start(Math.max(totalBytes, doneBytes), doneBytes, payload)
      }
    },
    say(line) {
      end()
      stream.write(`${line}\n`)
    },
    end,
  }
}

function barOptions(stream: NodeJS.WritableStream): Options {
  return {
    stream,
    format: '{title} {bar} {percentage}% {facts}',
    barsize: 24,
    fps: 8,
    hideCursor: true,
    // The caller decides what a signal means.
    gracefulExit: false,
  }
}

function lineDisplay(stream: NodeJS.WritableStream, now: () => number): ProgressDisplay {
  let shown = ''
  let nextAt = 0
  return {
    show(progress) {
      const { step, model, doneBytes, totalBytes } = progress
      const title = `${steps[step]} ${model}`
      const isDone = doneBytes === totalBytes
      if (title !== shown && !isDone) {
        shown = title
        nextAt = now() + LINE_MILLISECONDS
        stream.write(`${title}${totalBytes === undefined ? '' : ` (${size(totalBytes)})`}\n`)
      } else if (title === shown && (now() >= nextAt || isDone)) {
        // The last byte may be told of more than once.
        if (isDone) shown = ''
        nextAt = now() + LINE_MILLISECONDS
        stream.write(`${title}: ${factsOf(progress)}\n`)
      }
    },
    say: (line) => void stream.write(`${line}\n`),
    end: () => {},
  }
}

/** Bytes, speed and time left, as far as they are known. */
function factsOf({ doneBytes, totalBytes, bytesPerSecond, secondsLeft }: PullProgress): string {
  const parts = [totalBytes === undefined ? size(doneBytes) : `${size(doneBytes)} of ${size(totalBytes)}`]
  if (bytesPerSecond !== undefined) parts.push(`${size(bytesPerSecond)}/s`)
  if (secondsLeft !== undefined && secondsLeft > 0) parts.push(`${duration(secondsLeft)} left`)
  return parts.join(', ')
}
