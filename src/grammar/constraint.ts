/** What a constraint has to know of a model's tokens. */
export interface TokenTable {
  /** Ids are 0 to `size` − 1. */
  readonly size: number
  /** The bytes that a token adds to the text; none for control tokens. May be part of a character. */
  bytes(token: number): Uint8Array
  /** The name of a control token, for `special` expressions; undefined for every other token. */
  specialText(token: number): string | undefined
  /**
   * Whether the token ends the model's turn. Such a token is allowed where the text may end, and where a `special`
   * expression names it; nowhere else, whatever its bytes are.
   */
  isEnd(token: number): boolean
}

/**
 * Holds one generation to a grammar. It stands at a place in the text, and is moved on by tokens. Every method may throw
 * a `GrammarError` where the grammar can be read in too many ways at once; the constraint is of no more use then.
 */
export interface Constraint {
  /** Whether the token may come next. Costs about as much as the token has bytes. */
  allows(token: number): boolean
  /** Moves on. The token must be allowed. Ends stay where they are. */
  accept(token: number): void
  /** Whether the text may end here. */
  readonly isComplete: boolean
  /** Whether it must: no byte and no special token may follow. */
  readonly isOver: boolean
  /**
   * The bytes that must come next, whatever the model would say, as far as that is certain; none where there is a
   * choice, or where the text may end. Long ones are given in part.
   */
  forcedBytes(): Uint8Array
  /** All tokens that may come next: bit `token % 32` of word `token / 32`. Shared between calls: read only. */
  allowedTokens(): Uint32Array
  /** The length of a shortest way to an end, in bytes; a control token counts as one. 0 when the text may end here. */
  readonly leastBytes: number
  /**
   * A shortest way to an end: bytes, and the ids of control tokens where the grammar has them. Empty when the text may
   * end here. It prefers what can be printed.
   */
  shortestEnd(): readonly (Uint8Array | number)[]
}
