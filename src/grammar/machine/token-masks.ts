import { RecentCache } from '../recent-cache.ts'
import type { Frame } from './frame.ts'
import { outerFrame } from './frame-table.ts'
import type { Machine } from './machine.ts'
import type { State } from './state.ts'
import type { TokenTree } from './token-tree.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Bytes that the masks of one machine may take, of each of the two kinds. */
const cacheBytes = 8 * 1024 * 1024

/** Where more than this part of the vocabulary is up to the caller of a rule, the two are looked at together. */
const mostLeftToCaller = 1 / 32

/** What a rule allows by itself, whoever calls it. */
interface LocalMask {
  readonly bits: Uint32Array
  /** Nodes of the tree of tokens where the rule may be at its end: what is below is up to its caller. */
  readonly ends: readonly number[]
  /** Whether so much is up to the caller that this mask saves no work. */
  readonly isShallow: boolean
}

/**
 * The sets of tokens that may follow a state. What happens within one rule is found out once for all places that call
 * it: a text in quotes allows the same tokens wherever it stands, but for those few that go on behind the last quote.
 */
export class TokenMasks {
  readonly #machine: Machine
  readonly #vocabulary: Vocabulary
  readonly #words: number
  readonly #masks: RecentCache<State, Uint32Array>
  readonly #locals: RecentCache<State, LocalMask>
  /** The states on the way to a node, by depth. */
  readonly #path: State[] = []

  constructor(machine: Machine, vocabulary: Vocabulary) {
    this.#machine = machine
    this.#vocabulary = vocabulary
    this.#words = Math.ceil(vocabulary.size / 32)
    const most = Math.max(8, Math.floor(cacheBytes / (4 * this.#words + 1)))
    this.#masks = new RecentCache(most)
    this.#locals = new RecentCache(most)
  }

  get memory(): number {
    return 4 * this.#words * (this.#masks.size + this.#locals.size)
  }

  /** Shared: read only. */
  of(state: State): Uint32Array {
    const normal = this.#machine.normal(state)
    let mask = this.#masks.get(normal)
    if (!mask) {
      mask = this.#build(normal)
      this.#masks.set(normal, mask)
    }
    return mask
  }

  #build(state: State): Uint32Array {
    const mask = new Uint32Array(this.#words)
    for (const [outer, places] of byOuterFrame(state)) this.#addPlaces(places, outer, mask)
    for (const { step } of state.places) {
      if (step.type === 'special')
        for (const token of this.#vocabulary.specials.get(step.text) ?? []) setBit(mask, token)
    }
    if (state.isComplete) for (const token of this.#vocabulary.ends) setBit(mask, token)
    return mask
  }

  /** What places allow that all return to the same frame, or end the text. */
  #addPlaces(places: readonly Frame[], outer: Frame | undefined, mask: Uint32Array): void {
    const { frames } = this.#machine
    const local = this.#machine.stateOf(
      places.map((place) => frames.above(place, outer)),
      false,
    )
    if (!outer) {
      this.#walk(0, local, mask)
      return
    }
    const { bits, ends, isShallow } = this.#localMask(local)
    if (isShallow) {
      this.#addPlaces(places, outerFrame(outer), mask)
      return
    }
    for (let word = 0; word < mask.length; word++) mask[word] = (mask[word] as number) | (bits[word] as number)
    const after = this.#machine.resume(outer)
    for (const node of ends) this.#walk(node, after, mask)
  }

  #localMask(state: State): LocalMask {
    let local = this.#locals.get(state)
    if (!local) {
      const bits = new Uint32Array(this.#words)
      const ends: number[] = []
      this.#walk(0, state, bits, ends)
      local = { bits, ends, isShallow: this.#countBelow(ends) > mostLeftToCaller * this.#vocabulary.tree.nodeCount }
      this.#locals.set(state, local)
    }
    return local
  }

  #countBelow(nodes: readonly number[]): number {
    const { skips } = this.#vocabulary.tree
    return nodes.reduce((count, node) => count + (skips[node] as number) - node - 1, 0)
  }

  /** Allows all tokens below a node that can be read from the state, which stands at that node. */
  #walk(from: number, state: State, bits: Uint32Array, ends?: number[]): void {
    const machine = this.#machine
    const { bytes, depths, skips, starts, tokens, groups }: TokenTree = this.#vocabulary.tree
    const path = this.#path
    const base = depths[from] as number
    const end = skips[from] as number
    path[0] = state
    for (let node = from + 1; node < end; ) {
      const depth = (depths[node] as number) - base
      const next = machine.read(path[depth - 1] as State, bytes[node] as number)
      if (next === machine.dead) {
        node = skips[node] as number
        continue
      }
      path[depth] = next
      // A text goes on as it is with most tokens: those need not be walked one by one.
      const isLoop =
        next === path[depth - 1] && !(ends && next.isComplete) && !((groups[node] as number) & ~machine.loops(next))
      const below = isLoop ? (skips[node] as number) : node + 1
      const last = starts[below] as number
      for (let index = starts[node] as number; index < last; index++) setBit(bits, tokens[index] as number)
      if (ends && next.isComplete) ends.push(node)
      node = below
    }
  }
}

function byOuterFrame({ places }: State): ReadonlyMap<Frame | undefined, readonly Frame[]> {
  const groups = new Map<Frame | undefined, Frame[]>()
  for (const place of places) {
    const outer = outerFrame(place)
    const group = groups.get(outer)
    if (group) group.push(place)
    else groups.set(outer, [place])
  }
  return groups
}

function setBit(bits: Uint32Array, token: number): void {
  bits[token >>> 5] = (bits[token >>> 5] as number) | (1 << (token & 31))
}
