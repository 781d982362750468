import { ServerError } from '../../core/errors.ts'

/** What a parameter says, and the first of its names that says it. */
export interface Said<Value> {
  readonly name: string
  readonly value: Value
}

/**
 * What a parameter that has several names says; undefined when none of them was sent. Throws `invalid_parameter` when two
 * of them say two things.
 */
export function theOne<Value>(names: Readonly<Record<string, Value | null | undefined>>): Said<Value> | undefined {
  let first: Said<Value> | undefined
  // Each request asks for several of these: no lists are made for it.
  for (const name in names) {
    const value = names[name]
    if (value === null || value === undefined || value === first?.value) continue
    if (first) throw contradiction(first, { name, value })
    first = { name, value }
  }
  return first
}

function contradiction(first: Said<unknown>, { name, value }: Said<unknown>): ServerError {
  const problem = `it says ${shown(value)}, and '${first.name}' says ${shown(first.value)}; they are one parameter`
  return new ServerError('invalid_parameter', { param: name, problem })
}

/** Enough to recognise it: a client may send megabytes. */
function shown(value: unknown): string {
  const text = String(value)
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
