/** What lines are written to; the callback comes once a line was taken, or never will be. */
export interface LineStream {
  write(line: string, done: () => void): unknown
}

interface BoundedWriterParts {
  readonly stream: LineStream
  /** So many characters may wait for whoever reads the stream. Absent: 8 Mi. */
  readonly most?: number
  /** Called once there is room again, with how many lines were left out meanwhile. */
  readonly tellLost: (lines: number) => void
}

/**
 * Answers what writes lines to a stream and never waits. Lines that nobody takes (a collector of logs that hangs) wait in memory, which
 * has an end: those beyond it are left out, and counted.
 */
export function boundedWriter({ stream, most = 8 * 2 ** 20, tellLost }: BoundedWriterParts): (line: string) => void {
  let waiting = 0
  let lost = 0
  const taken = (length: number) => {
    waiting -= length
    // Not at the first place that is free: the line that tells of it would be followed by the next one that is lost.
    if (lost === 0 || waiting > most / 2) return
    const lines = lost
    lost = 0
    tellLost(lines)
  }
  return (line) => {
    if (waiting > most) {
      lost++
      return
    }
    waiting += line.length
    stream.write(line, () => taken(line.length))
  }
}
