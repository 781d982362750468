/** What one sequence has in a batch. */
export interface Share {
  readonly sequence: number
  readonly tokens: number
}

/**
 * The sizes of the pieces that llama.cpp decodes a batch in, one after the other (`llama_batch_allocr::split_equal` for a
 * memory with a stream for each sequence). A piece has as many tokens of each of its sequences, whose numbers follow each
 * other. So guesses for one of four runs do not join a batch of four: they are a second one, and cost as much. Takes the
 * shares in their order in the batch. Pure.
 */
export function ubatchesOf(shares: readonly Share[]): number[] {
  const left = shares.map(({ tokens }) => tokens)
  const sizes: number[] = []
  for (;;) {
    const taken: number[] = []
    let each = Number.POSITIVE_INFINITY
    let next = -1
    for (let index = 0; index < shares.length; index++) {
      const tokens = left[index] ?? 0
      const sequence = shares[index]?.sequence ?? 0
      if (tokens === 0 || (taken.length > 0 && sequence !== next)) continue
      taken.push(index)
      if (tokens < each) each = tokens
      next = sequence + 1
    }
    if (taken.length === 0) return sizes
    for (const index of taken) left[index] = (left[index] ?? 0) - each
    sizes.push(each * taken.length)
  }
}

/** The shares, all as long as the longest: they are decoded as few times as their sequences allow. */
export function levelled(shares: readonly Share[]): Share[] {
  const tokens = Math.max(0, ...shares.map((share) => share.tokens))
  return shares.map(({ sequence }) => ({ sequence, tokens }))
}
