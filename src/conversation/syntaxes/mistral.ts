import type { CallSyntax } from '../conversation-syntax.ts'
import { letters, mark, name, text, values } from './parts.ts'

/** Mistral's tokenizers up to version 7: one JSON list of all calls. */
export const mistralList: CallSyntax = {
  open: [mark('[TOOL_CALLS]'), text('[')],
  call: [text('{"name": "'), name, text('", "arguments": '), values, text('}')],
  between: [text(', ')],
  close: [text(']')],
  idStyle: 'short',
}

/** Mistral's tokenizer of version 11: a mark, the name, an id and the arguments for each call. */
export const mistralWithIds: CallSyntax = {
  open: [],
  call: [mark('[TOOL_CALLS]'), name, mark('[CALL_ID]'), letters, mark('[ARGS]'), values],
  between: [],
  close: [],
  ownId: (_name, own) => own,
  idStyle: 'short',
}

/** Mistral's tokenizers from version 13 on: the same without ids. */
export const mistral: CallSyntax = {
  open: [],
  call: [mark('[TOOL_CALLS]'), name, mark('[ARGS]'), values],
  between: [],
  close: [],
  idStyle: 'short',
}
