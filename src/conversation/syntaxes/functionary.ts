import type { CallSyntax } from '../conversation-syntax.ts'
import { name, text, values } from './parts.ts'

/** Functionary 3.1: the name in a tag, and the arguments as JSON behind it. */
export const functionary: CallSyntax = {
  open: [],
  call: [text('<function='), name, text('>'), values, text('</function>')],
  between: [],
  close: [],
}
