import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** NousResearch's Hermes, Qwen 2.5 and 3, Granite 4, SmolLM3: one JSON object in `<tool_call>` for each call. */
export const hermes: CallSyntax = {
  open: [],
  call: [
    mark('<tool_call>'),
    text('\n{"name": "'),
    name,
    text('", "arguments": '),
    values,
    text('}\n'),
    mark('</tool_call>'),
  ],
  between: [text('\n')],
  close: [],
}
