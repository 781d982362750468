import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** MiniMax M2: every parameter in a tag of its own, strings without quotes, all calls between two marks. */
export const minimaxM2: CallSyntax = {
  open: [mark('<minimax:tool_call>'), text('\n')],
  call: [text('<invoke name="'), name, text('">\n'), values, text('</invoke>\n')],
  between: [],
  close: [mark('</minimax:tool_call>')],
  parameters: {
    open: '',
    close: '',
    beforeKey: '<parameter name="',
    afterKey: '">',
    afterValue: '</parameter>\n',
    between: '',
    string: { open: '', close: '</parameter>' },
  },
}
