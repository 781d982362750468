import type { Expression } from '../grammar.ts'

const encoder = new TextEncoder()

export function literalBytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The bytes that an expression begins with, and what comes after them. */
export interface Parts {
  readonly bytes: Uint8Array
  readonly rest: readonly Expression[]
}

/** No bytes where an expression does not begin with a text. */
export function splitLiteral(expression: Expression): Parts {
  const [first, ...rest] = unfold(expression)
  if (first?.type === 'text') return { bytes: literalBytes(first.text), rest }
  return { bytes: literalBytes(''), rest: [expression] }
}

/** The parts of a sequence, those of sequences in it too, with texts side by side as one. Others are their own part. */
export function unfold(expression: Expression): readonly Expression[] {
  const parts: Expression[] = []
  // Joined at the end of each run: a text of a thousand characters may come as a thousand parts.
  let texts: string[] = []
  const endTexts = () => {
    const text = texts.join('')
    if (text !== '') parts.push({ type: 'text', text })
    texts = []
  }
  for (const part of openSequence(expression)) {
    const text = textOf(part)
    if (text !== undefined) texts.push(text)
    else {
      endTexts()
      parts.push(part)
    }
  }
  endTexts()
  return parts
}

function openSequence(expression: Expression): readonly Expression[] {
  return expression.type === 'sequence' ? expression.parts.flatMap(openSequence) : [expression]
}

/** Of a text, or of one certain character. */
function textOf(expression: Expression): string | undefined {
  if (expression.type === 'text') return expression.text
  if (expression.type !== 'character') return undefined
  const [only, more] = expression.ranges
  return only && !more && only[0] === only[1] && !isSurrogate(only[0]) ? String.fromCodePoint(only[0]) : undefined
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff
}
