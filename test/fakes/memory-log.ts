import type { Log, LogLevel } from '../../src/observe/log.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A log that can be read and waited for. */
export interface MemoryLog extends Log {
  readonly lines: readonly LogLine[]
  /** Resolves with the first line that matches, be it written already or later. */
  waitFor(matches: (line: LogLine) => boolean): Promise<LogLine>
}

export function createMemoryLog(): MemoryLog {
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  const write =
    (level: LogLevel) =>
    (message: string, facts: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, facts })
      for (const look of [...waiting]) look()
    }
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    waitFor(matches) {
      return new Promise((resolve) => {
        const look = () => {
          const line = lines.find(matches)
          if (!line) return
          waiting.delete(look)
          resolve(line)
        }
        waiting.add(look)
        look()
      })
    },
  }
}
