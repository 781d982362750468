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
  const said = Object.entries(names).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name, value }],
  )
  const [first] = said
  const other = said.find(({ value }) => value !== first?.value)
  if (!first || !other) return first
  const problem = `it says ${other.value}, and '${first.name}' says ${first.value}; they are one parameter`
  throw new ServerError('invalid_parameter', { param: other.name, problem })
}
