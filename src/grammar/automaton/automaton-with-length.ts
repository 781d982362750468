import type { Automaton, AutomatonState } from './automaton.ts'
import { trimAutomaton } from './automaton-product.ts'

interface Lengths {
  readonly least: number
  /** Infinity: without end. */
  readonly most: number
  /** The most states the result may have. */
  readonly limit: number
}

/** The texts of an automaton that have so many characters. Undefined: that would take too many states. */
export function automatonWithLength(automaton: Automaton, { least, most, limit }: Lengths): Automaton | undefined {
  const distances = distancesToEnd(automaton)
  const width = Number.isFinite(most) ? most + 1 : least + 1
  const states: AutomatonState[] = []
  const places = new Map<number, number>([[0, 0]])
  for (const place of places.keys()) {
    if (places.size > limit) return undefined
    const count = place % width
    const state = automaton.states[(place - count) / width]
    const next = Math.min(count + 1, width - 1)
    const edges = (state?.edges ?? []).flatMap(({ ranges, to }) => {
      if (count + 1 + (distances[to] ?? Number.POSITIVE_INFINITY) > most) return []
      const target = to * width + next
      const known = places.get(target) ?? places.size
      places.set(target, known)
      return [{ ranges, to: known }]
    })
    states.push({ isEnd: (state?.isEnd ?? false) && count >= least, edges })
  }
  return trimAutomaton({ states })
}

/** Of each state, how many characters are at least missing to an end. */
function distancesToEnd({ states }: Automaton): readonly number[] {
  const sources: number[][] = states.map(() => [])
  for (const [from, { edges }] of states.entries()) for (const { to } of edges) sources[to]?.push(from)
  const distances = states.map(({ isEnd }) => (isEnd ? 0 : Number.POSITIVE_INFINITY))
  const queue = [...states.keys()].filter((at) => states[at]?.isEnd)
  for (const at of queue)
    for (const from of sources[at] ?? []) {
      if (distances[from] !== Number.POSITIVE_INFINITY) continue
      distances[from] = (distances[at] ?? 0) + 1
      queue.push(from)
    }
  return distances
}
