import type { CallSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/** Gemma 4: bare keys, in order, and strings between marks of their own. */
export const gemma4: CallSyntax = {
  open: [],
  call: [mark('<|tool_call>'), text('call:'), name, values, mark('<tool_call|>')],
  between: [],
  close: [],
  parameters: gemmaParameters('<|"|>'),
}

/** FunctionGemma (ai.google.dev/gemma/docs/functiongemma): the same with other marks. */
export const functionGemma: CallSyntax = {
  open: [],
  call: [mark('<start_function_call>'), text('call:'), name, values, mark('<end_function_call>')],
  between: [],
  close: [],
  parameters: gemmaParameters('<escape>'),
}

function gemmaParameters(quote: string): NonNullable<CallSyntax['parameters']> {
  return {
    open: '{',
    close: '}',
    beforeKey: '',
    afterKey: ':',
    afterValue: '',
    between: ',',
    string: { open: quote, close: quote },
    isSorted: true,
  }
}
