import { closest, distance } from 'fastest-levenshtein'

/** Nobody reads more of them. */
const mostNames = 3
/** Fewer letters are a part of too much. */
const leastLetters = 3
/** Nobody calls a model so. */
const nameLimit = 200

/**
 * The names that somebody who wrote `wrong` most likely meant, at most three, the shortest first: of the models of which a name begins so, otherwise
 * of those of which one has it as a part, otherwise the one that is nearest, if that is near enough to be worth a question. Case
 * and what stands between words make no difference. `models`: the names of each model, the one to say first. Pure.
 */
export function nearNames(wrong: string, models: readonly (readonly string[])[]): readonly string[] {
  if (wrong.length > nameLimit) return []
  const part = letters(wrong)
  if (part.length >= leastLetters) {
    const begun = meant(models, (name) => name.startsWith(part))
    const found = begun.length > 0 ? begun : meant(models, (name) => name.includes(part))
    if (found.length > 0) return found
  }
  const near = nearest(wrong, models.flat())
  return near === undefined ? [] : [near]
}

/** What is compared of a name: `llama3.2` and `Llama-3.2` are the same. */
const letters = (name: string) => name.toLowerCase().replaceAll(/[-_.:/\s]/g, '')

function meant(models: readonly (readonly string[])[], isMeant: (name: string) => boolean): readonly string[] {
  const found = models.flatMap((names) => names.find((each) => isMeant(letters(each))) ?? [])
  return found.toSorted((left, right) => left.length - right.length).slice(0, mostNames)
}

function nearest(wrong: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const lower = wrong.toLowerCase()
  const near = closest(
    lower,
    names.map((each) => each.toLowerCase()),
  )
  if (distance(lower, near) > Math.max(2, Math.floor(wrong.length / 3))) return undefined
  return names.find((each) => each.toLowerCase() === near)
}
