import { inSteps, type Steps } from './stepwise.ts'
import { lengthOf, sharedLength, sortByBytes, type TokenTexts } from './token-texts.ts'

/**
 * All tokens by their bytes, as a tree laid out in the order in which it is walked: a node's children follow it, and
 * `skips` names the node after the last one below it. Node 0 is the root, which has no byte. Tokens without bytes are
 * not in it.
 */
export interface TokenTree {
  readonly nodeCount: number
  /** Of each node, the byte that leads to it. */
  readonly bytes: Uint8Array
  /** Bytes from the root. */
  readonly depths: Uint16Array
  readonly skips: Uint32Array
  /** The tokens of node `n` are `tokens[starts[n]]` to `tokens[starts[n + 1] - 1]`; those below it follow at once. */
  readonly starts: Uint32Array
  readonly tokens: Uint32Array
  /** Of each node, the groups of bytes that are found below it: bit `byte / 8`. */
  readonly groups: Uint32Array
}

export function* growTokenTree(texts: TokenTexts): Steps<TokenTree> {
  const tokens = yield* sortByBytes(texts)
  const shared = new Uint32Array(tokens.length)
  let nodeCount = 1
  yield* inSteps(tokens.length, (from, to) => {
    for (let index = from; index < to; index++) {
      const token = tokens[index] as number
      if (index > 0) shared[index] = sharedLength(texts, tokens[index - 1] as number, token)
      nodeCount += lengthOf(texts, token) - (shared[index] as number)
    }
  })
  const growing = new GrowingTree(texts, { tokens, shared, nodeCount })
  yield* inSteps(tokens.length, (from, to) => growing.add(from, to))
  return growing.finish()
}

interface Sorted {
  readonly tokens: Uint32Array
  /** Of each token, the bytes at its beginning that the one before it has, too. */
  readonly shared: Uint32Array
  readonly nodeCount: number
}

class GrowingTree {
  readonly #texts: TokenTexts
  readonly #shared: Uint32Array
  readonly #tree: TokenTree
  /** The nodes on the way to the last one. */
  readonly #open = [0]
  #next = 1

  constructor(texts: TokenTexts, { tokens, shared, nodeCount }: Sorted) {
    this.#texts = texts
    this.#shared = shared
    this.#tree = {
      nodeCount,
      bytes: new Uint8Array(nodeCount),
      depths: new Uint16Array(nodeCount),
      skips: new Uint32Array(nodeCount),
      starts: new Uint32Array(nodeCount + 1),
      tokens,
      groups: new Uint32Array(nodeCount),
    }
  }

  /** Adds the tokens of these places, which follow those that were added before. */
  add(from: number, to: number): void {
    const { tokens, bytes, depths, starts } = this.#tree
    for (let index = from; index < to; index++) {
      const token = tokens[index] as number
      const first = this.#shared[index] as number
      while (this.#open.length > first + 1) this.#close()
      const start = this.#texts.starts[token] as number
      const length = lengthOf(this.#texts, token)
      for (let depth = first; depth < length; depth++) {
        bytes[this.#next] = this.#texts.bytes[start + depth] as number
        depths[this.#next] = depth + 1
        starts[this.#next] = index
        this.#open.push(this.#next++)
      }
    }
  }

  /** After all tokens were added. */
  finish(): TokenTree {
    while (this.#open.length > 0) this.#close()
    this.#tree.starts[this.#next] = this.#tree.tokens.length
    return this.#tree
  }

  /** All below the last open node is there. */
  #close(): void {
    const { skips, groups, bytes } = this.#tree
    const node = this.#open.pop() as number
    skips[node] = this.#next
    const parent = this.#open.at(-1)
    if (parent === undefined) return
    groups[parent] = (groups[parent] as number) | (groups[node] as number) | byteGroup(bytes[node] as number)
  }
}

/** The bit of the group that a byte is in. */
export function byteGroup(byte: number): number {
  return (1 << (byte >> 3)) >>> 0
}
