import { readFileSync } from 'node:fs'

/** The asking thread, and the one that sent its work and has not gone to sleep yet. A chat computes with two of its own. */
const mostRunning = 2
/** So often it is asked before more are believed: for some 0.2 ms, in which a sender may go to sleep. */
const mostReadings = 30

/**
 * How many threads of this machine run or could run at this moment, the asking one among them: the beginning of the fourth field
 * of /proc/loadavg. 0 where it does not say. Pure.
 */
export const runningIn = (loadAverages: string): number => Number(/^\S+ \S+ \S+ (\d+)\//.exec(loadAverages)?.[1] ?? 0)

/**
 * Answers, whenever it is asked, whether nobody else computes on this machine: the asking thread runs alone, or one other runs
 * and it was no worse the last time. Between two tokens a chat, too, runs with one thread.
 */
export function watchMachine(read: () => string = readLoadAverages): () => boolean {
  let wasCalm = false
  return () => {
    let running = runningIn(read())
    for (let count = 1; running > mostRunning && count < mostReadings; count++) running = runningIn(read())
    const isCalm = running >= 1 && running <= mostRunning
    const isIdle = running === 1 || (isCalm && wasCalm)
    wasCalm = isCalm
    return isIdle
  }
}

/** In some 6 µs. Empty where there is no such file, as everywhere but on Linux. */
function readLoadAverages(): string {
  try {
    return readFileSync('/proc/loadavg', 'latin1')
  } catch {
    return ''
  }
}
