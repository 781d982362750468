import type { CallSyntax } from '../conversation-syntax.ts'

/** NousResearch's Hermes, Qwen 2.5 and 3, Granite 4, SmolLM3: one JSON object in `<tool_call>` for each call. */
export const hermes: CallSyntax = {
  open: [],
  call: [
    { type: 'mark', text: '<tool_call>' },
    { type: 'text', text: '\n{"name": "' },
    { type: 'name' },
    { type: 'text', text: '", "arguments": ' },
    { type: 'arguments' },
    { type: 'text', text: '}\n' },
    { type: 'mark', text: '</tool_call>' },
  ],
  between: [{ type: 'text', text: '\n' }],
  close: [],
}
