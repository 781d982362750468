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

  constructor(texts: readonly Uint8Array[]) {
    this.tokens = sortByBytes(texts)
    const nodeCount = countNodes(this.tokens, texts)
    this.bytes = new Uint8Array(nodeCount)
    this.depths = new Uint16Array(nodeCount)
    this.skips = new Uint32Array(nodeCount)
    this.starts = new Uint32Array(nodeCount + 1)
    this.#fill(texts)
  }

  get nodeCount(): number {
    return this.bytes.length
  }

  #fill(texts: readonly Uint8Array[]): void {
    const open = [0]
    let before: Uint8Array = new Uint8Array()
    let node = 1
    this.tokens.forEach((token, index) => {
      const text = texts[token] as Uint8Array
      const shared = sharedLength(before, text)
      while (open.length > shared + 1) this.skips[open.pop() as number] = node
      for (let depth = shared; depth < text.length; depth++) {
        this.bytes[node] = text[depth] as number
        this.depths[node] = depth + 1
        this.starts[node] = index
        open.push(node++)
      }
      before = text
    })
    while (open.length > 0) this.skips[open.pop() as number] = node
    this.starts[node] = this.tokens.length
  }
}

function countNodes(tokens: Uint32Array, texts: readonly Uint8Array[]): number {
  let count = 1
  let before: Uint8Array = new Uint8Array()
  for (const token of tokens) {
    const text = texts[token] as Uint8Array
    count += text.length - sharedLength(before, text)
    before = text
  }
  return count
}

function sharedLength(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length)
  let length = 0
  while (length < end && left[length] === right[length]) length++
  return length
}

/** By the first byte at once, as most of the work of comparing hundreds of thousands of texts is there. */
function sortByBytes(texts: readonly Uint8Array[]): Uint32Array {
  const buckets: number[][] = Array.from({ length: 65_536 }, () => [])
  texts.forEach((text, token) => {
    if (text.length > 0) buckets[((text[0] as number) << 8) | (text[1] ?? 0)]?.push(token)
  })
  const sorted = new Uint32Array(texts.reduce((count, text) => count + (text.length > 0 ? 1 : 0), 0))
  let at = 0
  for (const bucket of buckets) {
    if (bucket.length > 1) bucket.sort((left, right) => compare(texts[left] as Uint8Array, texts[right] as Uint8Array))
    sorted.set(bucket, at)
    at += bucket.length
  }
  return sorted
}

function compare(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length)
  for (let index = 0; index < end; index++) {
    const difference = (left[index] as number) - (right[index] as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
