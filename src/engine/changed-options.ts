import type { LoadOptions } from '../core/model.ts'
import { isSameValue } from '../core/same-value.ts'

/** Names of the options that are not the same in both, in the order of the alphabet. Pure. */
export function changedOptions(before: LoadOptions, after: LoadOptions): readonly (keyof LoadOptions)[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof LoadOptions)[])
  return [...names].filter((name) => !isSameValue(before[name], after[name])).sort()
}
