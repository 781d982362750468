import type { CallSyntax } from '../conversation-syntax.ts'
import { digits, mark, name, text, values } from './parts.ts'

/** Granite 3: a JSON list behind a mark, and nothing behind that. */
export const granite3: CallSyntax = {
  open: [mark('<|tool_call|>'), text('[')],
  call: [text('{"name": "'), name, text('", "arguments": '), values, text('}')],
  between: [text(', ')],
  close: [text(']')],
}

/** Phi-4-mini: a JSON list between marks. */
export const phi4Mini: CallSyntax = {
  ...granite3,
  close: [text(']'), mark('<|/tool_call|>')],
}

/** Command R7B: the same, with a count in each call. */
export const commandR7b: CallSyntax = {
  open: [mark('<|START_ACTION|>'), text('[\n    ')],
  call: [
    text('{"tool_call_id": "'),
    digits,
    text('", "tool_name": "'),
    name,
    text('", "parameters": '),
    values,
    text('}'),
  ],
  between: [text(',\n    ')],
  close: [text('\n]'), mark('<|END_ACTION|>')],
}

/** Nemotron Nano 2: a JSON list between marks. */
export const nemotron: CallSyntax = {
  ...granite3,
  open: [mark('<TOOLCALL>'), text('[')],
  close: [text(']'), mark('</TOOLCALL>')],
}

/** Apriel: a JSON list between marks. */
export const apriel: CallSyntax = {
  ...granite3,
  open: [mark('<tool_calls>'), text('[')],
  close: [text(']'), mark('</tool_calls>')],
}

/** MiniMax M1: JSON objects between marks, one a line. */
export const minimaxM1: CallSyntax = {
  ...granite3,
  open: [mark('<tool_calls>'), text('\n')],
  between: [text('\n')],
  close: [text('\n'), mark('</tool_calls>')],
}
