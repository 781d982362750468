import type { CallSyntax } from '../conversation-syntax.ts'
import { digits, mark, name, text, values } from './parts.ts'

/** Kimi K2: the model gives each call its id, of the name and a count. */
export const kimi: CallSyntax = {
  open: [mark('<|tool_calls_section_begin|>')],
  call: [
    mark('<|tool_call_begin|>'),
    text('functions.'),
    name,
    text(':'),
    digits,
    mark('<|tool_call_argument_begin|>'),
    values,
    mark('<|tool_call_end|>'),
  ],
  between: [],
  close: [mark('<|tool_calls_section_end|>')],
  ownId: (called, count) => `functions.${called}:${count}`,
}
