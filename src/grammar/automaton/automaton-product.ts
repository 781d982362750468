import { everyCharacter, intersectRanges } from '../expressions.ts'
import type { Automaton, AutomatonEdge, AutomatonState } from './automaton.ts'

/** How two automata are joined. */
export interface Product {
  /** Whether a text belongs to the result, by whether it belongs to either. Not for both false. */
  readonly accepts: (left: boolean, right: boolean) => boolean
  /** The most states the result may have. */
  readonly limit: number
}

/** Marks that an automaton has lost: nothing it could still read matches. */
const lost = -1

/** All texts that belong to the result by what `accepts` says. Undefined: it would have too many states. */
export function joinAutomata(left: Automaton, right: Automaton, { accepts, limit }: Product): Automaton | undefined {
  const places = new Map<string, number>([['0 0', 0]])
  const pairs: [number, number][] = [[0, 0]]
  const states: AutomatonState[] = []
  for (const [one, other] of pairs) {
    if (places.size > limit) return undefined
    const first = left.states[one]
    const second = right.states[other]
    const edges: AutomatonEdge[] = []
    for (const { ranges, to } of commonEdges(first, second)) {
      if ((to[0] === lost && !accepts(false, true)) || (to[1] === lost && !accepts(true, false))) continue
      const key = to.join(' ')
      if (!places.has(key)) pairs.push(to)
      edges.push({ ranges, to: setDefault(places, key, places.size) })
    }
    states.push({ isEnd: accepts(first?.isEnd ?? false, second?.isEnd ?? false), edges })
  }
  return trimAutomaton({ states })
}

/** All edges of both, cut so that each leads to one pair. */
function commonEdges(
  left: AutomatonState | undefined,
  right: AutomatonState | undefined,
): readonly { readonly ranges: AutomatonEdge['ranges']; readonly to: [number, number] }[] {
  return withRest(left)
    .flatMap((one) =>
      withRest(right).map((other) => ({
        ranges: intersectRanges(one.ranges, other.ranges),
        to: [one.to, other.to] as [number, number],
      })),
    )
    .filter(({ ranges, to }) => ranges.length > 0 && (to[0] !== lost || to[1] !== lost))
}

/** The edges, and one for all other characters to being lost. */
function withRest(state: AutomatonState | undefined): readonly AutomatonEdge[] {
  if (!state) return [{ ranges: everyCharacter, to: lost }]
  const taken = state.edges.flatMap(({ ranges }) => ranges).sort((one, other) => one[0] - other[0])
  const rest: [number, number][] = []
  let next = 0
  for (const [first, last] of taken) {
    if (first > next) rest.push([next, first - 1])
    next = last + 1
  }
  if (next <= 0x10ffff) rest.push([next, 0x10ffff])
  const ranges = intersectRanges(rest, everyCharacter)
  return ranges.length > 0 ? [...state.edges, { ranges, to: lost }] : state.edges
}

/** Leaves out the states from which no end can be reached. The start stays. */
export function trimAutomaton({ states }: Automaton): Automaton {
  const sources: number[][] = states.map(() => [])
  for (const [from, { edges }] of states.entries()) for (const { to } of edges) sources[to]?.push(from)
  const queue = [...states.keys()].filter((at) => states[at]?.isEnd)
  const alive = new Set(queue)
  for (const at of queue)
    for (const from of sources[at] ?? []) {
      if (alive.has(from)) continue
      alive.add(from)
      queue.push(from)
    }
  const places = new Map<number, number>([[0, 0]])
  for (const at of states.keys()) if (alive.has(at)) setDefault(places, at, places.size)
  return {
    states: [...places.keys()].map((at) => ({
      isEnd: states[at]?.isEnd ?? false,
      edges: (states[at]?.edges ?? []).flatMap(({ ranges, to }) => {
        const place = alive.has(to) ? places.get(to) : undefined
        return place === undefined ? [] : [{ ranges, to: place }]
      }),
    })),
  }
}

/** Whether no text belongs to it. It must be trimmed. */
export function isEmptyAutomaton({ states }: Automaton): boolean {
  return !states[0]?.isEnd && states[0]?.edges.length === 0
}

/** Whether the automaton has the text. */
export function automatonHas({ states }: Automaton, text: string): boolean {
  let at: number | undefined = 0
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    at = states[at]?.edges.find(({ ranges }) => ranges.some(([first, last]) => first <= code && code <= last))?.to
    if (at === undefined) return false
  }
  return states[at]?.isEnd ?? false
}

/** All texts of so many characters; without `most`, without end. */
export function lengthAutomaton(least: number, most?: number): Automaton {
  const count = (most ?? least) + 1
  return {
    states: Array.from({ length: count }, (_, at) => ({
      isEnd: at >= least,
      edges: at + 1 < count || most === undefined ? [{ ranges: everyCharacter, to: Math.min(at + 1, count - 1) }] : [],
    })),
  }
}

function setDefault<Key>(places: Map<Key, number>, key: Key, value: number): number {
  const known = places.get(key)
  if (known !== undefined) return known
  places.set(key, value)
  return value
}
