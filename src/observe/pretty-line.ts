import type { LogEntry } from './log.ts'

const introducer = '\u001B['
const codes = { debug: '90', info: '32', warn: '33', error: '31' }

/**
 * A line for people: the local time, the level, the message, the facts. Control characters are written as escapes, so
 * that no value can forge a line or command a terminal. A stack follows on lines of its own.
 */
export function prettyLine({ time, level, message, facts }: LogEntry, isColored: boolean): string {
  const paint = (code: string, text: string) => (isColored ? `${introducer}${code}m${text}${introducer}0m` : text)
  const { stack, rest } = splitStack(facts)
  const shown = Object.entries(rest).map(([name, value]) => `${paint('90', `${visible(name)}=`)}${factText(value)}`)
  const head = [paint('90', clock(time)), paint(codes[level], level.padEnd(5)), visible(message), ...shown].join(' ')
  const trace = stack.split('\n').filter(Boolean)
  return [head, ...trace.map((line) => paint('90', `    ${visible(line.trim())}`))].map((line) => `${line}\n`).join('')
}

function clock(time: Date): string {
  const two = (part: number) => `${part}`.padStart(2, '0')
  const thousandths = `${time.getMilliseconds()}`.padStart(3, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${thousandths}`
}

/** A plain word stands as it is; everything else as JSON, where blanks and quotes cannot be mistaken. */
function factText(value: unknown): string {
  if (typeof value === 'string' && /^[\p{L}\p{N}_./:@%+-]+$/u.test(value)) return value
  return visible(JSON.stringify(value) ?? 'undefined')
}

/** Control characters, ends of lines, and what turns the direction of writing round, as escapes that JSON has too. */
export const visible = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Takes the stack out of a fact that was an error. */
function splitStack(facts: LogEntry['facts']): { stack: string; rest: Record<string, unknown> } {
  const stacks: string[] = []
  const rest = Object.entries(facts).map(([name, value]) => {
    if (typeof value !== 'object' || value === null || !('stack' in value)) return [name, value]
    const { stack, ...others } = value
    stacks.push(`${stack}`)
    return [name, others]
  })
  return { stack: stacks.join('\n'), rest: Object.fromEntries(rest) }
}
