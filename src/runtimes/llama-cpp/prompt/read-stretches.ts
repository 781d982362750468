import type { Vocabulary } from '../vocabulary.ts'

/** The tokens of a text in which something was disguised: that is read as plain text, control texts beside it as tokens. */
export const readStretches = (
  text: string,
  { controls, tokenize }: Pick<Vocabulary, 'controls' | 'tokenize'>,
): number[] =>
  controls.stretches(text).flatMap((stretch) => tokenize(stretch.text, { readSpecialTokens: stretch.readsControls }))
