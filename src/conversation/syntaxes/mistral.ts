import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** Mistral's tokenizers up to version 7: one JSON list of all calls. */
export const mistralList: CallSyntax = {
  open: [mark('[TOOL_CALLS]'), text('[')],
  call: [text('{"name": "'), name, text('", "arguments": '), values, text('}')],
  between: [text(', ')],
  close: [text(']')],
  idStyle: 'short',
}

/** Mistral's tokenizers from version 11 on: a mark, the name, a mark and the arguments for each call. */
export const mistral: CallSyntax = {
  open: [],
  call: [mark('[TOOL_CALLS]'), name, mark('[ARGS]'), values],
  between: [],
  close: [],
  idStyle: 'short',
}
