import type { LoadOptions } from '../core/model.ts'

/** Names of the options that are not the same in both, in the order of the alphabet. Pure. */
export function changedOptions(before: LoadOptions, after: LoadOptions): readonly (keyof LoadOptions)[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof LoadOptions)[])
  return [...names].filter((name) => textOf(before[name]) !== textOf(after[name])).sort()
}

/** The same for equal values, however their fields are ordered. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isPlain(part) ? Object.fromEntries(entriesOf(part)) : part)) ?? ''
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const entriesOf = (value: object) =>
  Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
