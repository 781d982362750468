import { closest, distance } from 'fastest-levenshtein'

/**
 * The known name that somebody who wrote `wrong` most likely meant; nothing when no name is near: when more than half
 * of the letters, or more than four, would have to change. Case, dashes and underscores make no difference.
 */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '')
  const byPlain = new Map(known.map((name) => [plain(name), name]))
  if (byPlain.size === 0) return undefined
  const near = closest(plain(wrong), [...byPlain.keys()])
  const steps = distance(plain(wrong), near)
  return steps <= Math.min(4, Math.floor(near.length / 2)) ? byPlain.get(near) : undefined
}
