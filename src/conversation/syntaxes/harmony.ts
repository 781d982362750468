import type { CallSyntax, ReasoningSyntax } from '../conversation-syntax.ts'
import { mark, name, text, values } from './parts.ts'

/**
 * gpt-oss (cookbook.openai.com/articles/openai-harmony): everything is a message in a channel, and a call is a message to
 * a function. One call ends the answer.
 */
export const harmonyCalls: CallSyntax = {
  open: [],
  call: [
    mark('<|channel|>'),
    text('commentary to=functions.'),
    name,
    text(' '),
    mark('<|constrain|>'),
    text('json'),
    mark('<|message|>'),
    values,
  ],
  close: [],
}

/** Thoughts have a channel; the answer begins with the next message. */
export const harmonyThinking: ReasoningSyntax = {
  open: '<|channel|>analysis<|message|>',
  close: '<|end|>',
  inside: '',
  gap: '<|start|>assistant',
}

export const harmonyFrame = { open: '<|channel|>final<|message|>', close: '<|end|>' }
