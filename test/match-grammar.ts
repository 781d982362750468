import type { Expression, Grammar } from '../src/grammar/grammar.ts'

/**
 * Whether a text belongs to a grammar: the plainest reading of the definitions, slow and without any cleverness, to
 * check clever machines and makers of grammars against. Special tokens count as their names.
 */
export function matchesGrammar(grammar: Grammar, text: string): boolean {
  const letters = [...text]
  const known = new Map<string, ReadonlySet<number>>()
  return ends(grammar.root, 0).has(letters.length)

  function ends(expression: Expression, from: number): ReadonlySet<number> {
    switch (expression.type) {
      case 'text':
      case 'special': {
        const wanted = [...expression.text]
        return new Set(wanted.every((each, index) => letters[from + index] === each) ? [from + wanted.length] : [])
      }
      case 'character': {
        const code = letters[from]?.codePointAt(0)
        const holds = code !== undefined && expression.ranges.some(([first, last]) => first <= code && code <= last)
        return new Set(holds ? [from + 1] : [])
      }
      case 'sequence': {
        let places: ReadonlySet<number> = new Set([from])
        for (const part of expression.parts) places = new Set([...places].flatMap((place) => [...ends(part, place)]))
        return places
      }
      case 'choice':
        return new Set(expression.options.flatMap((option) => [...ends(option, from)]))
      case 'repeat':
        return endsOfRepeat(expression, from)
      case 'rule': {
        const key = `${from} ${expression.name}`
        const before = known.get(key)
        if (before) return before
        const rule = grammar.rules[expression.name]
        if (!rule) throw new Error(`There is no rule ${expression.name}`)
        known.set(key, new Set())
        const found = ends(rule, from)
        known.set(key, found)
        return found
      }
    }
  }

  function endsOfRepeat({ part, least, most }: Expression & { type: 'repeat' }, from: number): ReadonlySet<number> {
    const result = new Set<number>(least === 0 ? [from] : [])
    let places: ReadonlySet<number> = new Set([from])
    const seen = new Set([from])
    for (let count = 1; count <= (most ?? Number.POSITIVE_INFINITY) && places.size > 0; count++) {
      places = new Set([...places].flatMap((place) => [...ends(part, place)]))
      if (count >= least) {
        for (const place of places) result.add(place)
        if (most === undefined) places = new Set([...places].filter((place) => !seen.has(place)))
        for (const place of places) seen.add(place)
      } else if (count > letters.length && places.size > 0) {
        for (const place of places) result.add(place)
        break
      }
    }
    return result
  }
}
