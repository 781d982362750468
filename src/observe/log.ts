import process from 'node:process'
import type { Live } from '../core/live.ts'
import { boundedWriter } from './bounded-writer.ts'
import { plainValue } from './plain-value.ts'
import { prettyLine, visible } from './pretty-line.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Where the program says what it does. Facts are values to search for; they never hold prompts, answers or keys. */
export interface Log {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

/** How a log is made. */
export interface LogOptions {
  /** The least important level that is written; `silent` writes nothing. One that is live may change at any time. */
  readonly level: LogLevel | Live<LogLevel>
  /** `auto`: pretty when stderr is a terminal, otherwise JSON lines. */
  readonly format: 'auto' | 'pretty' | 'json'
  /**
   * Takes one line with its end. Absent: stderr, and what nobody reads there is left out beyond a limit, which a line tells later.
   * What it throws is lost, as there is nowhere left to say it.
   */
  readonly write?: (line: string) => void
  /** Colours in pretty lines. Absent: when stderr is a terminal; whether the user wants them is for the caller to ask. */
  readonly color?: boolean
  /** Absent: the system's clock. */
  readonly now?: () => Date
}

/** One line of the log before it becomes text. */
export interface LogEntry {
  readonly time: Date
  readonly level: Exclude<LogLevel, 'silent'>
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** Makes a log. Its methods never throw and never wait, whatever the facts hold. */
export function createLog({ level, format, color, now = () => new Date(), ...rest }: LogOptions): Log {
  const isTerminal = process.stderr.isTTY === true
  const isPretty = format === 'auto' ? isTerminal : format === 'pretty'
  const at = (entryLevel: LogEntry['level']) => {
    return (message: string, facts: LogEntry['facts'] = {}) => {
      try {
        if (rank[entryLevel] < rank[typeof level === 'string' ? level : level.current]) return
        const entry = { time: now(), level: entryLevel, message: `${message}`, facts: plainFacts(facts) }
        write(isPretty ? prettyLine(entry, color ?? isTerminal) : jsonLine(entry))
      } catch {
        // A log that fails must not end what it tells about.
      }
    }
  }
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const write =
    rest.write ?? stderrWriter((lines) => log.warn('lines of the log were lost, since nobody read them', { lines }))
  return log
}

const plainFacts = (facts: unknown) => {
  const plain = plainValue(facts)
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain)
    ? (plain as Record<string, unknown>)
    : { facts: plain }
}

/** A fact never takes the place of the time, the level or the message: it gets a name with `fact_` in front then. */
function jsonLine({ time, level, message, facts }: LogEntry): string {
  const head = { time: time.toISOString(), level, message }
  const rest = Object.entries(facts).map(([name, value]) => [Object.hasOwn(head, name) ? `fact_${name}` : name, value])
  // JSON leaves some control characters as they are.
  return `${visible(JSON.stringify({ ...head, ...Object.fromEntries(rest) }))}\n`
}

let isStderrWatched = false

function stderrWriter(tellLost: (lines: number) => void): (line: string) => void {
  const stream = {
    write(line: string, done: () => void) {
      // Without a listener a closed pipe would end the program with an uncaught error.
      if (!isStderrWatched) process.stderr.on('error', () => {})
      isStderrWatched = true
      process.stderr.write(line, done)
    },
  }
  return boundedWriter({ stream, tellLost })
}
