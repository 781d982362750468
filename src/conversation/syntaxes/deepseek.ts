import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** DeepSeek V3 and R1: the name after the kind of the tool, the arguments in a block of code. */
export const deepseekV3: CallSyntax = {
  open: [mark('<｜tool▁calls▁begin｜>')],
  call: [
    mark('<｜tool▁call▁begin｜>'),
    text('function'),
    mark('<｜tool▁sep｜>'),
    name,
    text('\n```json\n'),
    values,
    text('\n```'),
    mark('<｜tool▁call▁end｜>'),
  ],
  between: [text('\n')],
  close: [mark('<｜tool▁calls▁end｜>')],
}

/** DeepSeek V3.1: the name, a mark, the arguments. */
export const deepseekV31: CallSyntax = {
  open: [mark('<｜tool▁calls▁begin｜>')],
  call: [mark('<｜tool▁call▁begin｜>'), name, mark('<｜tool▁sep｜>'), values, mark('<｜tool▁call▁end｜>')],
  between: [],
  close: [mark('<｜tool▁calls▁end｜>')],
}
