import { sharedLength, sortByBytes, type TokenTexts } from './token-texts.ts'

/**
 * All tokens by their bytes, as a tree laid out in the order in which it is walked: a node's children follow it, and
 * `skips` names the node after the last one below it. Node 0 is the root, which has no byte. Tokens without bytes are
 * not in it.
 */
export class TokenTree {
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

  constructor(texts: TokenTexts) {
    this.tokens = sortByBytes(texts)
    const shared = this.tokens.map((token, index) =>
      index === 0 ? 0 : sharedLength(texts, this.tokens[index - 1] as number, token),
    )
    const nodeCount = shared.reduce((count, length, index) => count + this.#length(texts, index) - length, 1)
    this.bytes = new Uint8Array(nodeCount)
    this.depths = new Uint16Array(nodeCount)
    this.skips = new Uint32Array(nodeCount)
    this.starts = new Uint32Array(nodeCount + 1)
    this.groups = new Uint32Array(nodeCount)
    this.#fill(texts, shared)
  }

  get nodeCount(): number {
    return this.bytes.length
  }

  #fill(texts: TokenTexts, shared: Uint32Array): void {
    const open = [0]
    let node = 1
    for (let index = 0; index < this.tokens.length; index++) {
      const first = shared[index] as number
      while (open.length > first + 1) this.#close(open, node)
      const start = texts.starts[this.tokens[index] as number] as number
      const length = this.#length(texts, index)
      for (let depth = first; depth < length; depth++) {
        this.bytes[node] = texts.bytes[start + depth] as number
        this.depths[node] = depth + 1
        this.starts[node] = index
        open.push(node++)
      }
    }
    while (open.length > 0) this.#close(open, node)
    this.starts[node] = this.tokens.length
  }

  /** All below the last open node is there. */
  #close(open: number[], end: number): void {
    const node = open.pop() as number
    this.skips[node] = end
    const parent = open.at(-1)
    if (parent === undefined) return
    this.groups[parent] =
      (this.groups[parent] as number) | (this.groups[node] as number) | byteGroup(this.bytes[node] as number)
  }

  #length({ starts }: TokenTexts, index: number): number {
    const token = this.tokens[index] as number
    return (starts[token + 1] as number) - (starts[token] as number)
  }
}

/** The bit of the group that a byte is in. */
export function byteGroup(byte: number): number {
  return (1 << (byte >> 3)) >>> 0
}
