import type { DownloadView } from '../../downloads.ts'
import { within } from '../late-judge.ts'
import { pause } from '../patience.ts'
import { type DownloadJob, isRunning } from './download-job.ts'

const PAUSE_MILLISECONDS = 100
const SPEED_MILLISECONDS = 1000

/**
 * The views of a job, one now and one whenever it has changed, at most every 100 ms; the last is one of a state that
 * changes by itself no more. Ends when the signal aborts.
 */
export async function* watchJob(job: DownloadJob, signal: AbortSignal): AsyncGenerator<DownloadView> {
  let changed = Promise.withResolvers<void>()
  using _listening = job.listen(() => changed.resolve())
  const stop = () => changed.resolve()
  signal.addEventListener('abort', stop, { once: true })
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers<void>()
      const view = job.view()
      yield view
      if (!isRunning(view.state)) return
      // What happened while the reader was busy counts too.
      if (signal.aborted) return
      await somethingNew(job, changed.promise, signal)
      if (isRunning(job.state)) await untilPauseEnds(job, signal)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Where no byte comes the speed changes all the same. */
async function somethingNew(job: DownloadJob, changed: Promise<void>, signal: AbortSignal): Promise<void> {
  if (job.state !== 'downloading') return changed
  await within(changed, SPEED_MILLISECONDS, signal).catch(() => {})
}

/** The end of a download is worth telling at once. */
async function untilPauseEnds(job: DownloadJob, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  using _listening = job.listen(() => {
    if (!isRunning(job.state)) ended.abort()
  })
  await pause(PAUSE_MILLISECONDS, AbortSignal.any([signal, ended.signal])).catch(() => {})
}
