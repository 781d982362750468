import type { CallSyntax } from './conversation-syntax.ts'

/** The mark that calls begin with; undefined where only the beginning of the answer tells them. */
export function triggerOf({ open, call, isWholeAnswer }: CallSyntax): string | undefined {
  if (isWholeAnswer) return undefined
  const first = [...open, ...call][0]
  return first && 'text' in first ? first.text : undefined
}
