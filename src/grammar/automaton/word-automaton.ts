import {
  charactersOf,
  complementRanges,
  everyCharacter,
  intersectRanges,
  type Ranges,
  rangesOf,
} from '../expressions.ts'
import type { Automaton, AutomatonEdge } from './automaton.ts'

interface TrieNode {
  readonly next: Map<string, number>
  /** The node of the longest end of this one's text that another word begins with. */
  fallback: number
  isWord: boolean
}

/**
 * Finds words in a text (Aho and Corasick, 1975): state by state, how much of a word the text ends with. `isFound` says
 * of each state whether a whole word stands there. Words must not be empty.
 */
export interface WordFinder {
  readonly states: readonly { readonly isFound: boolean; readonly edges: readonly AutomatonEdge[] }[]
}

export function findWords(words: readonly string[]): WordFinder {
  const trie = makeTrie(words)
  linkFallbacks(trie)
  const letters = new Set(words.flatMap((word) => [...word]))
  return { states: trie.map((node, at) => ({ isFound: node.isWord, edges: edgesOf(trie, at, letters) })) }
}

/** Any text that holds none of the words. */
export function automatonWithout(words: readonly string[]): Automaton {
  const { states } = findWords(words)
  return keepStates(states.map(({ isFound, edges }) => ({ isKept: !isFound, isEnd: !isFound, edges })))
}

/** Any text that ends with one of the words and holds none before its end. */
export function automatonUntil(words: readonly string[]): Automaton {
  const { states } = findWords(words)
  return { states: states.map(({ isFound, edges }) => ({ isEnd: isFound, edges: isFound ? [] : edges })) }
}

function makeTrie(words: readonly string[]): TrieNode[] {
  const trie: TrieNode[] = [{ next: new Map(), fallback: 0, isWord: false }]
  for (const word of words) {
    let at = 0
    for (const letter of word) {
      const known = trie[at]?.next.get(letter)
      if (known === undefined) {
        trie[at]?.next.set(letter, trie.length)
        at = trie.length
        trie.push({ next: new Map(), fallback: 0, isWord: false })
      } else at = known
    }
    const end = trie[at]
    if (end) end.isWord = true
  }
  return trie
}

/** Level by level, as a node's fallback is always nearer to the root. */
function linkFallbacks(trie: TrieNode[]): void {
  const queue = [0]
  for (const at of queue) {
    for (const [letter, next] of trie[at]?.next ?? []) {
      const node = trie[next]
      if (!node) continue
      node.fallback = at === 0 ? 0 : follow(trie, trie[at]?.fallback ?? 0, letter)
      node.isWord ||= trie[node.fallback]?.isWord ?? false
      queue.push(next)
    }
  }
}

function follow(trie: readonly TrieNode[], from: number, letter: string): number {
  for (let at = from; ; at = trie[at]?.fallback ?? 0) {
    const next = trie[at]?.next.get(letter)
    if (next !== undefined) return next
    if (at === 0) return 0
  }
}

function edgesOf(trie: readonly TrieNode[], at: number, letters: ReadonlySet<string>): readonly AutomatonEdge[] {
  const byTarget = new Map<number, string>()
  for (const letter of letters) {
    const to = follow(trie, at, letter)
    if (to !== 0) byTarget.set(to, (byTarget.get(to) ?? '') + letter)
  }
  const edges = [...byTarget].map(([to, some]) => ({ ranges: charactersOf(some), to }))
  const rest = intersectRanges(
    complementRanges(rangesOf(edges.flatMap(({ ranges }): Ranges => ranges))),
    everyCharacter,
  )
  return [...edges, { ranges: rest, to: 0 }]
}

/** Leaves states out, and the edges that lead to them. The first must be kept. */
function keepStates(
  states: readonly { readonly isKept: boolean; readonly isEnd: boolean; readonly edges: readonly AutomatonEdge[] }[],
): Automaton {
  const places = new Map<number, number>()
  for (const [index, { isKept }] of states.entries()) if (isKept) places.set(index, places.size)
  const kept = states.filter(({ isKept }) => isKept)
  return {
    states: kept.map(({ isEnd, edges }) => ({
      isEnd,
      edges: edges.flatMap(({ ranges, to }) => {
        const place = places.get(to)
        return place === undefined ? [] : [{ ranges, to: place }]
      }),
    })),
  }
}
