import { type Ranges, rangesOf } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import type { Automaton, AutomatonEdge, AutomatonState } from './automaton.ts'
import { trimAutomaton } from './automaton-product.ts'

interface LooseState {
  readonly free: number[]
  readonly edges: { readonly ranges: Ranges; readonly to: number }[]
}

/** Thrown inside of this file only, when an automaton gets too large. */
class TooLarge extends Error {}

/**
 * The automaton of an expression without rules and special tokens. Undefined: it has too many states, or is too much
 * work to make; `limit` bounds both.
 */
export function automatonOf(expression: Expression, limit: number): Automaton | undefined {
  try {
    const loose = new LooseAutomaton(limit * 4)
    const start = loose.add()
    const end = loose.write(expression, start)
    return trimAutomaton(determine(loose.states, { start, end, limit }))
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return undefined
    throw error
  }
}

/** Thompson's construction: states with edges that read nothing. */
class LooseAutomaton {
  readonly states: LooseState[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  add(): number {
    if (this.states.length >= this.#limit) throw new TooLarge()
    return this.states.push({ free: [], edges: [] }) - 1
  }

  /** Writes an expression behind a state, and returns the state where it ends. */
  write(expression: Expression, from: number): number {
    switch (expression.type) {
      case 'text':
        return [...expression.text].reduce((at, letter) => this.#step(at, rangeOf(letter)), from)
      case 'character':
        return this.#step(from, expression.ranges)
      case 'sequence':
        return expression.parts.reduce((at, part) => this.write(part, at), from)
      case 'choice': {
        const end = this.add()
        for (const option of expression.options) this.states[this.write(option, this.#free(from))]?.free.push(end)
        return end
      }
      case 'repeat':
        return this.#repeat(expression, from)
      default:
        throw new TooLarge()
    }
  }

  #repeat({ part, least, most }: Expression & { readonly type: 'repeat' }, from: number): number {
    let at = from
    for (let count = 0; count < least; count++) at = this.write(part, at)
    if (most === undefined) {
      const loop = this.#free(at)
      this.states[this.write(part, loop)]?.free.push(loop)
      return this.#free(loop)
    }
    const end = this.add()
    for (let count = least; count < most; count++) {
      this.states[at]?.free.push(end)
      at = this.write(part, this.#free(at))
    }
    this.states[at]?.free.push(end)
    return end
  }

  #step(from: number, ranges: Ranges): number {
    const to = this.add()
    this.states[from]?.edges.push({ ranges, to })
    return to
  }

  #free(from: number): number {
    const to = this.add()
    this.states[from]?.free.push(to)
    return to
  }
}

/** The subset construction. */
function determine(
  loose: readonly LooseState[],
  { start, end, limit }: { readonly start: number; readonly end: number; readonly limit: number },
): Automaton {
  const first = reach(loose, [start])
  const places = new Map([[first.join(' '), 0]])
  const sets = [first]
  const states: AutomatonState[] = []
  let work = 0
  for (const set of sets) {
    const edges: AutomatonEdge[] = []
    for (const { ranges, targets } of splitEdges(set.flatMap((at) => loose[at]?.edges ?? []))) {
      const next = reach(loose, targets)
      const key = next.join(' ')
      if (!places.has(key)) sets.push(next)
      edges.push({ ranges, to: places.get(key) ?? places.size })
      places.set(key, places.get(key) ?? places.size)
      work += next.length + ranges.length
      if (places.size > limit || work > limit * 100) throw new TooLarge()
    }
    states.push({ isEnd: set.includes(end), edges: joinEdges(edges) })
  }
  return { states }
}

/** All states that can be reached without reading, in order. */
function reach(loose: readonly LooseState[], from: readonly number[]): readonly number[] {
  const found = new Set(from)
  for (const at of found) for (const next of loose[at]?.free ?? []) found.add(next)
  return [...found].sort((left, right) => left - right)
}

/** Cuts ranges that overlap, so that each piece has one set of targets. */
function splitEdges(
  edges: readonly { readonly ranges: Ranges; readonly to: number }[],
): readonly { readonly ranges: Ranges; readonly targets: readonly number[] }[] {
  const cuts = new Set<number>()
  for (const { ranges } of edges)
    for (const [first, last] of ranges) {
      cuts.add(first)
      cuts.add(last + 1)
    }
  const marks = [...cuts].sort((left, right) => left - right)
  const places = new Map(marks.map((mark, index) => [mark, index]))
  const targets: number[][] = marks.map(() => [])
  let work = 0
  for (const { ranges, to } of edges)
    for (const [first, last] of ranges)
      for (let at = places.get(first) ?? 0; (marks[at] ?? 0) <= last && at < marks.length; at++) {
        targets[at]?.push(to)
        if (++work > 200_000) throw new TooLarge()
      }
  return groupPieces(marks, targets)
}

function groupPieces(
  marks: readonly number[],
  targets: readonly (readonly number[])[],
): readonly { readonly ranges: Ranges; readonly targets: readonly number[] }[] {
  const groups = new Map<string, { ranges: [number, number][]; targets: readonly number[] }>()
  for (const [index, set] of targets.entries()) {
    if (set.length === 0) continue
    const key = [...new Set(set)].sort((left, right) => left - right).join(' ')
    const group = groups.get(key) ?? { ranges: [], targets: set }
    const last = group.ranges.at(-1)
    const first = marks[index] ?? 0
    const end = (marks[index + 1] ?? first + 1) - 1
    if (last && last[1] + 1 === first) last[1] = end
    else group.ranges.push([first, end])
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** One edge for each target. */
function joinEdges(edges: readonly AutomatonEdge[]): readonly AutomatonEdge[] {
  const byTarget = Map.groupBy(edges, ({ to }) => to)
  return [...byTarget].map(([to, group]) => ({
    to,
    ranges: rangesOf(group.flatMap(({ ranges }) => ranges)),
  }))
}

function rangeOf(letter: string): Ranges {
  const code = letter.codePointAt(0) ?? 0
  return [[code, code]]
}
