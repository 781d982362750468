/** How deep JSON of a client may be nested; what reads it, and what it is written for, goes down level by level. */
export const deepestJson = 256

/** Whether a value of JSON has more levels of lists and objects than that. */
export function isTooDeep(value: unknown, levels = deepestJson): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
}
