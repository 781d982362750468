import type { CallSyntax } from '../conversation-syntax.ts'
import { name, optionalMark, text, values } from './parts.ts'

/**
 * Llama 3.1 to 3.3: a bare JSON object as the whole answer, one call at most. The built-in tools, which would be Python
 * behind `<|python_tag|>`, are never offered.
 */
export const llama3: CallSyntax = {
  open: [optionalMark('<|python_tag|>')],
  call: [text('{"name": "'), name, text('", "parameters": '), values, text('}')],
  close: [],
  isWholeAnswer: true,
}
