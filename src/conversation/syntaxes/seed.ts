import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** ByteDance's Seed-OSS: every parameter in a tag of its own, strings without quotes. */
export const seed: CallSyntax = {
  open: [],
  call: [
    mark('<seed:tool_call>'),
    text('\n<function='),
    name,
    text('>\n'),
    values,
    text('</function>\n'),
    mark('</seed:tool_call>'),
  ],
  between: [text('\n')],
  close: [],
  parameters: {
    open: '',
    close: '',
    beforeKey: '<parameter=',
    afterKey: '>',
    afterValue: '</parameter>\n',
    between: '',
    string: { open: '', close: '</parameter>' },
  },
}
