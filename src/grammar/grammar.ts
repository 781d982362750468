/**
 * A set of texts, as rules. It is plain data, so that it can be sent between processes. Rules may call each other and
 * themselves, but not themselves first (no left recursion). Nothing about it is tied to a vocabulary: the texts are
 * UTF-8 bytes, and tokens are cut from them in whatever way the model likes.
 */
export interface Grammar {
  /** Where a text begins. */
  readonly root: Expression
  readonly rules: Readonly<Record<string, Expression>>
}

export type Expression =
  /** Exactly this text. Empty: nothing. */
  | { readonly type: 'text'; readonly text: string }
  /** One character out of ranges of code points, both ends included, ordered and apart; surrogates are never in them. */
  | { readonly type: 'character'; readonly ranges: readonly (readonly [first: number, last: number])[] }
  | { readonly type: 'sequence'; readonly parts: readonly Expression[] }
  /** Any one of them. None: no text at all matches, and a rule without a way out is an error of whoever made it. */
  | { readonly type: 'choice'; readonly options: readonly Expression[] }
  /** `most` absent: without end. */
  | { readonly type: 'repeat'; readonly part: Expression; readonly least: number; readonly most?: number }
  | { readonly type: 'rule'; readonly name: string }
  /** A control token of the vocabulary by its name (`<|python_tag|>`). Where there is none, the name as plain text. */
  | { readonly type: 'special'; readonly text: string }
