import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** GLM 4.5 and later: keys and values in tags, strings without quotes. */
export const glm: CallSyntax = {
  open: [],
  call: [mark('<tool_call>'), name, text('\n'), values, mark('</tool_call>')],
  between: [text('\n')],
  close: [],
  parameters: {
    open: '',
    close: '',
    beforeKey: '<arg_key>',
    afterKey: '</arg_key>\n<arg_value>',
    afterValue: '</arg_value>\n',
    between: '',
    string: { open: '', close: '</arg_value>' },
  },
}

/** GLM 4.7: the same without line breaks. */
export const glmCompact: CallSyntax = {
  ...glm,
  call: [mark('<tool_call>'), name, values, mark('</tool_call>')],
  between: [],
  parameters: {
    open: '',
    close: '',
    beforeKey: '<arg_key>',
    afterKey: '</arg_key><arg_value>',
    afterValue: '</arg_value>',
    between: '',
    string: { open: '', close: '</arg_value>' },
  },
}
