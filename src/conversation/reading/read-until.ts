import { type AnswerText, isSpace, type Reading } from './answer-text.ts'

interface UntilOptions {
  readonly type: 'content' | 'reasoning'
  /** Texts that end it. They are looked for everywhere, and never given. */
  readonly marks: readonly string[]
  /** White space before a mark is not given, so it is held back until it is clear what follows. */
  readonly trims: boolean
}

/** A mark that was found, and the length of the white space that was held back before it. */
export interface FoundMark {
  readonly mark: string
  readonly space: number
}

/**
 * Gives text as it comes, up to the first mark, and stops before that, and before the white space held back; undefined
 * when the answer ends first.
 */
export function* readUntil(text: AnswerText, { type, marks, trims }: UntilOptions): Reading<FoundMark | undefined> {
  for (;;) {
    const ahead = text.ahead
    const found = firstMark(ahead, marks)
    if (found) {
      const said = trims ? trimmedLength(ahead, found.at) : found.at
      text.give(type, said)
      text.forget()
      return { mark: found.mark, space: found.at - said }
    }
    if (text.isEnded) {
      text.give(type, ahead.length)
      text.forget()
      return undefined
    }
    const certain = ahead.length - possibleMarkLength(ahead, marks)
    text.give(type, trims ? trimmedLength(ahead, certain) : certain)
    text.forget()
    yield
  }
}

/** Of the marks in a text the one that begins first, the longest of those that begin there. */
export function firstMark(
  text: string,
  marks: readonly string[],
): { readonly mark: string; readonly at: number } | undefined {
  let first: { readonly mark: string; readonly at: number } | undefined
  for (const mark of marks) {
    const at = text.indexOf(mark)
    if (at < 0) continue
    if (!first || at < first.at || (at === first.at && mark.length > first.mark.length)) first = { mark, at }
  }
  return first
}

/** Length of the longest end of the text that begins a mark. */
export function possibleMarkLength(text: string, marks: readonly string[]): number {
  const longest = Math.max(0, ...marks.map((mark) => mark.length - 1))
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const tail = text.slice(-length)
    if (marks.some((mark) => mark.startsWith(tail))) return length
  }
  return 0
}

function trimmedLength(text: string, end: number): number {
  let length = end
  while (length > 0 && isSpace(text[length - 1] ?? '')) length--
  return length
}
