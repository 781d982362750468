import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** Qwen3-Coder and Qwen 3.5: every parameter in a tag of its own, strings without quotes. */
export const qwenCoder: CallSyntax = {
  open: [],
  call: [
    mark('<tool_call>'),
    text('\n<function='),
    name,
    text('>\n'),
    values,
    text('</function>\n'),
    mark('</tool_call>'),
  ],
  between: [text('\n')],
  close: [],
  parameters: {
    open: '',
    close: '',
    beforeKey: '<parameter=',
    afterKey: '>\n',
    afterValue: '\n</parameter>\n',
    between: '',
    string: { open: '', close: '\n</parameter>' },
  },
}
