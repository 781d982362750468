/** Responses whose tokens are remembered as counted, of each provider. */
const mostRemembered = 4096

const counted = new WeakMap<object, Set<string>>()

/**
 * Whether the usage of a kept response is told for the first time: each time that it is fetched it tells the same again. `provider`
 * is what has it; of many thousands the oldest are forgotten.
 */
export function isFirstTold(provider: object, response: string): boolean {
  const known = counted.get(provider) ?? new Set()
  counted.set(provider, known)
  if (known.has(response)) return false
  for (const oldest of known) {
    if (known.size < mostRemembered) break
    known.delete(oldest)
  }
  known.add(response)
  return true
}
