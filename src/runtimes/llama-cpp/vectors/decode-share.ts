/** What there is to compute, in tokens. */
interface Load {
  /** Of inputs that nobody has begun. */
  readonly waiting: number
  /** Of decodes that are under way, as much of them as is left. */
  readonly running: number
  readonly lanes: number
  /** From so many tokens on a decode is at its fastest. */
  readonly full: number
}

/**
 * Tokens that the next decode of a lane should have: so that decodes are full where there is enough for that, and the lanes
 * end together. Where there is not enough, about half of a full one: more tokens at once are no faster there. Pure.
 */
export function tokensOfNextDecode({ waiting, running, lanes, full }: Load): number {
  const each = (waiting + running) / lanes
  const decodes = each < full ? Math.ceil(each / (full / 2)) : Math.floor(each / full)
  return each / Math.max(1, decodes)
}
